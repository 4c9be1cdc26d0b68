namespace PathosHpc;

/// <summary>A stream of results in the order of the items.</summary>
internal sealed class OrderedRun<TResult>(MapOptions options, StatisticsCollector statistics) : StreamRun<TResult>(options, statistics)
{
    private readonly Dictionary<long, TypedBlock<TResult>> early = [];
    private long next;

    protected override void Offer(TypedBlock<TResult> block)
    {
        lock (early)
        {
            early.Add(block.First, block);
            while (early.Remove(next, out TypedBlock<TResult>? due))
            {
                next = due.End;
                MakeReady(due);
            }
        }
    }

    protected override void StoreNothing(long index) => Offer(new TypedBlock<TResult>(index, new TResult[1]));
}
