namespace PathosHpc.Benchmarks;

/// <summary>A block without values: only its indices and its size.</summary>
internal sealed class SimulatedBlock(long first, int count) : Block(first, count)
{
    /// <summary>Bytes of an item, and of a result.</summary>
    public const int ItemBytes = 64;

    public override long Bytes => (long)Count * ItemBytes;

    public override Block Slice(long first, int count) => new SimulatedBlock(first, count);

    public override int CountWithin(long bytes) => (int)Math.Clamp(bytes / ItemBytes, 1, Count);
}
