namespace PathosHpc;

/// <summary>A stream of results as they are made.</summary>
internal sealed class UnorderedRun<TResult>(MapOptions options, StatisticsCollector statistics) : StreamRun<TResult>(options, statistics)
{
    protected override void Offer(TypedBlock<TResult> block) => MakeReady(block);

    protected override void StoreNothing(long index) => Skipped(1);
}
