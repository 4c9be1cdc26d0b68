using System.IO.Hashing;

namespace PathosHpc;

/// <summary>64 bits that stand for the contents of an item, the same in every process.</summary>
internal sealed class ItemDigest<T>
{
    private static readonly byte[]? Holes = ItemCodec<T>.Stride > 0 ? ValueHoles.MaskOf(typeof(T), ItemCodec<T>.Stride) : null;
    private readonly PayloadWriter scratch = new();

    /// <exception cref="CannotShipException">The item holds what has no bytes.</exception>
    public ulong Of(T item)
    {
        scratch.Clear();
        if (ItemCodec<T>.Stride > 0 || typeof(T) == typeof(string))
            ItemCodec<T>.Write(scratch, item);
        else
            Graph.Write(scratch, ref item, "item", namesBuilds: false);
        if (scratch.Length > Payload.MaxSegment / 2)
            return PayloadHash.Of(scratch.Detach());
        ReadOnlySpan<byte> bytes = scratch.WrittenSpan;
        return XxHash64.HashToUInt64(Holes is null ? bytes : WithoutHoles(bytes));
    }

    private Span<byte> WithoutHoles(ReadOnlySpan<byte> bytes)
    {
        Span<byte> masked = scratch.Reserve(bytes.Length);
        for (int i = 0; i < bytes.Length; i++)
            masked[i] = (byte)(bytes[i] & Holes![i]);
        return masked;
    }
}
