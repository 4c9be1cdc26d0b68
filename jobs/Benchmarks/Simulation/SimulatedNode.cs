namespace PathosHpc.Benchmarks;

/// <summary>A second level: the root's link to a node where a coordinator of the same kind deals to the node's ranks, as the root of a world
/// does for its client (<see cref="ServedMap"/>).</summary>
internal sealed class SimulatedNode : Link
{
    private readonly SimulatedHost root, host;
    private readonly BlockQueue items = new(null);
    private long window;

    public SimulatedNode(SimulatedHost root, ItemTimes times, int firstRank, int ranks)
    {
        this.root = root;
        host = new SimulatedHost(root.Clock);
        for (int rank = 0; rank < ranks; rank++)
            host.Coordinator.Add(new SimulatedRank(host, times) { FirstRank = firstRank + rank, Width = 1 });
    }

    public override void Begin(CoordinatedMap map)
    {
        var own = new CoordinatedMap { Number = map.Number, Source = items, Sink = new PassOn(this, map), Chunks = new ChunkPolicy() };
        root.Send(0, () => host.Arrive(() => host.Coordinator.Open(own)));
        Map = own;
    }

    public override void End(CoordinatedMap map) { }

    private CoordinatedMap? Map { get; set; }

    public override void Send(CoordinatedMap map, Block chunk, bool mayReturn) => root.Send(chunk.Bytes, () => host.Arrive(() =>
    {
        items.Add(chunk);
        Map!.Resume();
    }));

    /// <summary>Tells the root what is wanted ahead when that has changed much, as <see cref="ServedMap"/> does.</summary>
    private void TellWindow(CoordinatedMap map)
    {
        (long wanted, long bytes) = host.Coordinator.WindowFor(Map!);
        if (wanted == window || (wanted <= window / 4 * 5 && wanted >= window / 4))
            return;
        window = wanted;
        host.Send(16, () => root.Arrive(() => root.Coordinator.SetWindow(this, map.Number, wanted, bytes)));
    }

    private sealed class PassOn(SimulatedNode node, CoordinatedMap map) : ResultSink
    {
        private const double GatherSeconds = 200e-6;
        private readonly List<ComputedBlock> gathered = [];
        private bool isDue;

        public override void Deliver(Block results, RankWork work)
        {
            gathered.Add(new ComputedBlock(results, work));
            if (isDue)
                return;
            isDue = true;
            node.host.Clock.At(node.host.Clock.Now + GatherSeconds, () => node.host.Arrive(Flush));
        }

        public override void Fail(ItemFailure failure) => throw new InvalidOperationException("No simulated item fails.");

        public override void Abort(Exception exception) => throw exception;

        private void Flush()
        {
            isDue = false;
            ComputedBlock[] all = [.. gathered];
            gathered.Clear();
            node.TellWindow(map);
            node.host.Send(all.Sum(r => r.Block.Bytes), () => node.root.Arrive(() => node.root.Coordinator.Accept(node, map.Number, all)));
        }
    }
}
