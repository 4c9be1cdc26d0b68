namespace PathosHpc;

/// <summary>A run of consecutive items, or of their results: indices [<see cref="First"/>, <see cref="End"/>).
/// The coordinator splits and deals blocks without looking inside.</summary>
internal abstract class Block(long first, int count)
{
    /// <summary>Index of the first item.</summary>
    public long First { get; } = first;

    /// <summary>Items in the block; at least 1.</summary>
    public int Count { get; } = count;

    /// <summary>Index behind the last item.</summary>
    public long End => First + Count;

    /// <summary>Size in bytes as far as it is known; 0 for blocks that never leave this process.</summary>
    public abstract long Bytes { get; }

    /// <summary>The part [first, first + count), without copying items.</summary>
    public abstract Block Slice(long first, int count);

    /// <summary>The most items, at least one, from the start of this block that take at most <paramref name="bytes"/>.</summary>
    public abstract int CountWithin(long bytes);
}
