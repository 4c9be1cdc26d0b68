namespace PathosHpc.Tests;

/// <summary>A map in a <see cref="Simulation"/>: its input comes when the simulation says so, its consumer follows when that says,
/// and what it is told is checked.</summary>
internal sealed class SimulatedMap : ResultSink
{
    private readonly Simulation world;
    private readonly HashSet<long> done = [];
    private readonly Feed feed;
    private long consumed;

    public SimulatedMap(Simulation world, int number, Random random)
    {
        this.world = world;
        Count = random.Next(4) == 0 ? random.Next(4) : random.Next(1, 120);
        bool isStatic = random.Next(4) == 0;
        feed = new Feed(Count, isStatic || random.Next(2) == 0);
        Window = isStatic || random.Next(2) == 0 ? long.MaxValue : random.Next(1, 20);
        Stops = random.Next(4) == 0;
        for (int i = random.Next(-2, 3); i > 0 && Count > 0; i--)
            Throwing.Add(random.Next(Count));
        for (int i = random.Next(-2, 3); i > 0 && Count > 0; i--)
            Killers.Add(random.Next(Count));
        Throwing.ExceptWith(Killers);
        Map = new CoordinatedMap
        {
            Number = number,
            Source = feed,
            Sink = this,
            Chunks = new ChunkPolicy { IsStatic = isStatic, FixedSize = isStatic || random.Next(3) > 0 ? null : random.Next(1, 9), LeastSize = random.Next(4) == 0 ? 3 : 1 },
        };
    }

    public CoordinatedMap Map { get; }

    public int Count { get; }

    public long Window { get; }

    public bool Stops { get; }

    public HashSet<long> Throwing { get; } = [];

    public HashSet<long> Killers { get; } = [];

    public HashSet<long> Failed { get; } = [];

    public Dictionary<long, int> Deaths { get; } = [];

    public bool IsOver { get; private set; }

    public bool CanFeed => !IsOver && feed.Given < Count;

    public bool CanConsume => !IsOver && done.Count > consumed;

    public void FeedSome(int count)
    {
        feed.Given = Math.Min(Count, feed.Given + count);
        Map.Resume();
    }

    public void Consume(int count)
    {
        consumed = Math.Min(done.Count, consumed + count);
        Map.Resume();
    }

    public void EndIfDone()
    {
        if (!IsOver && done.Count == Count)
            End();
    }

    public void End()
    {
        IsOver = true;
        Map.Close();
    }

    public override long LookAhead(long taken) => Window == long.MaxValue ? long.MaxValue : Window - (taken - consumed);

    public override void Deliver(Block results, RankWork work)
    {
        ReadOnlySpan<long> values = ((TypedBlock<long>)results).Values.Span;
        for (int i = 0; i < values.Length; i++)
        {
            world.Expect(values[i] == Value(results.First + i), $"item {results.First + i} of map {Map.Number} has another item's result");
            world.Expect(done.Add(results.First + i), $"item {results.First + i} of map {Map.Number} was delivered twice");
        }
        EndIfDone();
    }

    public override void Fail(ItemFailure failure)
    {
        world.Expect(done.Add(failure.Index), $"item {failure.Index} of map {Map.Number} was delivered twice, the second time as failed");
        bool atFault = failure.Kind == ItemFailureKind.KilledItsRank ? Killers.Contains(failure.Index) : Throwing.Contains(failure.Index);
        world.Expect(atFault, $"item {failure.Index} of map {Map.Number} failed ({failure.Kind}) without a fault: {failure.Cause.Message}");
        Failed.Add(failure.Index);
        if (Stops)
            End();
        else
            EndIfDone();
    }

    public override void Abort(Exception exception) => world.Expect(false, "the map was aborted: " + exception);

    public static long Value(long index) => (index * 7) + 3;

    /// <summary>Items that are their own indices, given little by little.</summary>
    private sealed class Feed(int count, bool totalIsKnown) : ItemSource
    {
        private long taken;

        public long Given { get; set; }

        public override long? Total => totalIsKnown || Given == count ? count : null;

        public override long Available => Given - taken;

        public override Block? TryTake(int maxItems, long maxBytes)
        {
            int items = (int)Math.Min(maxItems, Available);
            if (items < 1)
                return null;
            long first = taken;
            taken += items;
            return new TypedBlock<long>(first, Enumerable.Range(0, items).Select(i => first + i).ToArray());
        }
    }
}
