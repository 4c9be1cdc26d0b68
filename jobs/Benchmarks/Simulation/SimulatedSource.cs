namespace PathosHpc.Benchmarks;

/// <summary>As many items as a simulated map has.</summary>
internal sealed class SimulatedSource(long total) : ItemSource
{
    private long taken;

    public override long? Total => total;

    public override long Available => total - taken;

    public override Block? TryTake(int maxItems, long maxBytes)
    {
        int count = (int)Math.Min(Math.Min(maxItems, Math.Max(1, maxBytes / SimulatedBlock.ItemBytes)), total - taken);
        if (count < 1)
            return null;
        taken += count;
        return new SimulatedBlock(taken - count, count);
    }
}
