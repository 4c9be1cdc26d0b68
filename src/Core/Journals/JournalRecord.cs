using System.Numerics;
using System.Runtime.InteropServices;

namespace PathosHpc;

/// <summary>The head of one record of a journal.</summary>
/// <remarks>32 bytes: kind (byte), 0 (3 bytes), count (int32), first item (int64), length of the body (int64), CRC-32C of the body,
/// CRC-32C of the 28 bytes before it. Little endian.</remarks>
internal readonly record struct JournalRecord(JournalRecordKind Kind, long First, int Count, long Length, uint BodyChecksum)
{
    public const int HeadSize = 32;

    public void Write(Span<byte> head)
    {
        head[..HeadSize].Clear();
        head[0] = (byte)Kind;
        MemoryMarshal.Write(head[4..], Count);
        MemoryMarshal.Write(head[8..], First);
        MemoryMarshal.Write(head[16..], Length);
        MemoryMarshal.Write(head[24..], BodyChecksum);
        MemoryMarshal.Write(head[28..], Checksum(0, head[..28]));
    }

    /// <summary>The head of a record, or null when the bytes are none: cut off, overwritten or never written.</summary>
    public static JournalRecord? Read(ReadOnlySpan<byte> head)
    {
        if (head.Length < HeadSize || head[0] == 0 || MemoryMarshal.Read<uint>(head[28..]) != Checksum(0, head[..28]))
            return null;
        var record = new JournalRecord((JournalRecordKind)head[0], MemoryMarshal.Read<long>(head[8..]), MemoryMarshal.Read<int>(head[4..]),
            MemoryMarshal.Read<long>(head[16..]), MemoryMarshal.Read<uint>(head[24..]));
        return record.Length < 0 || record.First < 0 || record.Count < 0 ? null : record;
    }

    /// <summary>CRC-32C of <paramref name="bytes"/> behind what gave <paramref name="crc"/>.</summary>
    public static uint Checksum(uint crc, ReadOnlySpan<byte> bytes)
    {
        crc = ~crc;
        for (; bytes.Length >= 8; bytes = bytes[8..])
            crc = BitOperations.Crc32C(crc, MemoryMarshal.Read<ulong>(bytes));
        foreach (byte value in bytes)
            crc = BitOperations.Crc32C(crc, value);
        return ~crc;
    }

    public static uint Checksum(uint crc, Payload bytes)
    {
        foreach (ReadOnlyMemory<byte> segment in bytes.Segments)
            crc = Checksum(crc, segment.Span);
        return crc;
    }
}
