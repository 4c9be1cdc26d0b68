using System.IO.Hashing;

namespace PathosHpc;

/// <summary>XXH64 (Collet, 2012) of a payload: 64 bits that tell contents apart, not meant against those who try to make equal ones.</summary>
internal static class PayloadHash
{
    public static ulong Of(Payload bytes)
    {
        var hash = new XxHash64();
        foreach (ReadOnlyMemory<byte> segment in bytes.Segments)
            hash.Append(segment.Span);
        return hash.GetCurrentHashAsUInt64();
    }
}
