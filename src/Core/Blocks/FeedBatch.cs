using System.Diagnostics;

namespace PathosHpc;

/// <summary>Items that were read and are not handed over yet.</summary>
internal sealed class FeedBatch<T>(bool encode)
{
    private static readonly long Patience = Stopwatch.Frequency / 1000;

    /// <summary>About as long as a block takes to a worker.</summary>
    private static readonly long Pace = Stopwatch.Frequency / 20_000;
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

    /// <summary>Whether it should be handed over now: at once when workers wait for items that come slowly, though never less than a chunk of a
    /// fixed size. Items that come faster than blocks can be passed on are handed over together.</summary>
    /// <param name="handedOver">When the last batch was handed over, by <see cref="Stopwatch"/>.</param>
    public bool IsDue(int count, int? chunkSize, bool starving, long handedOver)
    {
        if (count % (chunkSize ?? 1) != 0)
            return false;
        if (Bytes >= 1 << 20 || count >= 1 << 16)
            return true;
        if (count != (chunkSize ?? 1) && chunkSize is null or < 16 && (count & 15) != 0)
            return false;
        long now = Stopwatch.GetTimestamp();
        return (starving && now - handedOver > Pace) || now - firstCame > Patience;
    }

    public Block Take(long first)
    {
        if (encode)
        {
            EncodedBlock block = encoder.Take(first);
            return block.RecycleWhenAnswered(block.Values);
        }
        T[] taken = [.. values];
        values.Clear();
        return new TypedBlock<T>(first, taken);
    }
}
