namespace PathosHpc.Benchmarks;

/// <summary>A map on as many ranks as no machine here has: the real coordinator over simulated links, in virtual time.</summary>
internal static class SimulatedWorld
{
    private const int RanksPerNode = 64;

    /// <summary>The share of its ranks' time that a map spends in the function.</summary>
    /// <param name="ranks">Ranks of the world.</param>
    /// <param name="itemSeconds">Mean time of an item; times are exponentially distributed.</param>
    /// <param name="jobSeconds">What the map would take if dealing cost nothing.</param>
    /// <param name="byNode">Whether each node of 64 ranks has a coordinator of its own between its ranks and the root.</param>
    public static (double Efficiency, double RootBusy) Run(int ranks, double itemSeconds, double jobSeconds, bool byNode)
    {
        var clock = new VirtualClock();
        var root = new SimulatedHost(clock);
        var times = new ItemTimes(itemSeconds, isEven: false);
        for (int rank = 0; rank < ranks; rank += byNode ? RanksPerNode : 1)
        {
            int width = byNode ? Math.Min(RanksPerNode, ranks - rank) : 1;
            root.Coordinator.Add(byNode
                ? new SimulatedNode(root, times, rank, width) { FirstRank = rank, Width = width, IsRank = false }
                : new SimulatedRank(root, times) { FirstRank = rank, Width = 1 });
        }
        long items = (long)(jobSeconds * ranks / itemSeconds);
        var sink = new Sink(clock);
        var map = new CoordinatedMap { Number = root.Coordinator.NextNumber(), Source = new SimulatedSource(items), Sink = sink, Chunks = new ChunkPolicy() };
        root.Arrive(() => root.Coordinator.Open(map));
        clock.Run();
        if (sink.Items != items)
            throw new InvalidOperationException($"The simulated map of {items} items ended with {sink.Items}.");
        return (sink.BusySeconds / ranks / sink.Ended, root.BusySeconds / sink.Ended);
    }

    private sealed class Sink(VirtualClock clock) : ResultSink
    {
        public long Items { get; private set; }

        public double BusySeconds { get; private set; }

        public double Ended { get; private set; }

        public override void Deliver(Block results, RankWork work)
        {
            Items += results.Count;
            BusySeconds += work.BusyNanoseconds * 1e-9;
            Ended = clock.Now;
        }

        public override void Fail(ItemFailure failure) => throw new InvalidOperationException("No simulated item fails.");

        public override void Abort(Exception exception) => throw exception;
    }
}
