using System.Buffers.Binary;
using System.Numerics;

namespace PathosHpc;

/// <summary>CRC-32C (Castagnoli), which tells whether bytes of a file are those that were written.</summary>
internal static class Crc32C
{
    /// <summary>That of <paramref name="bytes"/> behind what gave <paramref name="crc"/>.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes, uint crc = 0)
    {
        crc = ~crc;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (byte value in bytes)
            crc = BitOperations.Crc32C(crc, value);
        return ~crc;
    }

    public static uint Of(Payload bytes, uint crc = 0)
    {
        foreach (ReadOnlyMemory<byte> segment in bytes.Segments)
            crc = Of(segment.Span, crc);
        return crc;
    }
}
