using System.Diagnostics;

namespace PathosHpc;

/// <summary>Items that were read and are not handed over yet.</summary>
internal sealed class FeedBatch<T>(bool encode)
{
    private static readonly long Patience = Stopwatch.Frequency / 1000;
    private readonly BlockEncoder<T> encoder = new();
    private readonly List<T> values = [];
    private long firstCame;

    public int Count => encode ? encoder.Count : values.Count;

    public long Bytes => encode ? encoder.Bytes : 0;

    public void Add(T value)
    {
        if (Count == 0)
            firstCame = Stopwatch.GetTimestamp();
        if (encode)
            encoder.Add(value);
        else
            values.Add(value);
    }

    /// <summary>Whether it should be handed over now: at once when workers wait for items, though never less than a chunk of a fixed size.</summary>
    public bool IsDue(int count, int? chunkSize, bool starving)
    {
        bool isLarge = Bytes >= 1 << 20 || count >= 1 << 16;
        if (chunkSize is { } size)
            return count % size == 0 && (starving || isLarge || count >= 1024);
        return starving || isLarge || ((count & 15) == 0 && Stopwatch.GetTimestamp() - firstCame > Patience);
    }

    public Block Take(long first)
    {
        if (encode)
            return encoder.Take(first);
        T[] taken = [.. values];
        values.Clear();
        return new TypedBlock<T>(first, taken);
    }
}
