namespace PathosHpc.Tests;

/// <summary>The coordinator in single steps.</summary>
public sealed class CoordinatorTests
{
    private const long Far = 3_000_000_000;

    [Fact]
    public void Indices_pass_all_32_bits()
    {
        var rig = new Rig(1, count: 10, first: Far);
        List<Block> results = [];
        while (rig.Links[0].Chunks.TryDequeue(out var chunk))
        {
            rig.Coordinator.Accept(rig.Links[0], 1, [new ComputedBlock(chunk, default)]);
            results.Add(chunk);
        }
        Assert.Equal(10, rig.Delivered.Count);
        Assert.Equal(Far, rig.Delivered.Min());
        Assert.Equal(Far + 9, rig.Delivered.Max());
        Assert.Equal(10, rig.Coordinator.Completed);
    }

    [Fact]
    public void An_item_that_ran_when_its_rank_died_is_charged_and_fails_the_second_time()
    {
        var rig = new Rig(1, count: 1);
        rig.Lose(running: [0], known: true);
        rig.Join();
        Assert.Empty(rig.Failed);
        rig.Lose(running: [0], known: true);
        ItemFailure failure = Assert.Single(rig.Failed);
        Assert.Equal((0, ItemFailureKind.KilledItsRank), (failure.Index, failure.Kind));
        Assert.Equal("the rank died each of the 2 times that it computed this item. It broke.", failure.Cause.Message);
    }

    [Fact]
    public void Where_the_culprit_is_unknown_only_an_item_that_was_alone_is_charged()
    {
        var rig = new Rig(1, count: 2, chunk: 2);
        for (int i = 0; i < 3; i++)
        {
            rig.Lose(running: i == 0 ? [0, 1] : [rig.Links[0].Chunks.Single().First], known: false);
            rig.Join();
        }
        // Once together, which charges nobody, and then in turn, alone.
        Assert.Empty(rig.Failed);
        rig.Lose(running: [0], known: false);
        Assert.Single(rig.Failed);
    }

    [Fact]
    public void A_link_that_was_idle_charges_nobody()
    {
        var rig = new Rig(1, count: 1);
        for (int i = 0; i < 10; i++)
        {
            rig.Lose(running: [], known: true);
            rig.Join();
        }
        rig.Lose(running: null, known: true, blameless: true);
        rig.Join();
        Assert.Empty(rig.Failed);
        Assert.Equal(0, rig.Links[0].Chunks.Single().First);
    }

    [Fact]
    public void Where_nothing_is_known_of_what_ran_all_are_dealt_alone()
    {
        var rig = new Rig(1, count: 3, chunk: 3);
        rig.Lose(running: null, known: true);
        rig.Join();
        for (int i = 0; i < 3; i++)
        {
            (Block chunk, SteppedLink link) = (rig.Links[0].Chunks.Single(), rig.Links[0]);
            Assert.Equal((1, true), (chunk.Count, link.IsAlone));
            link.Chunks.Clear();
            rig.Coordinator.Accept(link, 1, [new ComputedBlock(chunk, default)]);
        }
        Assert.Equal(3, rig.Delivered.Count);
    }

    [Fact]
    public void Static_ranges_go_to_their_owners()
    {
        var rig = new Rig(3, count: 9, isStatic: true);
        Assert.Equal([0L, 3, 6], rig.Links.Select(l => l.Chunks.Single().First));
        Assert.All(rig.Links, l => Assert.Equal(3, l.Chunks.Single().Count));
    }

    [Fact]
    public void What_was_not_asked_is_refused_after_what_was_is_taken()
    {
        var rig = new Rig(1, count: 4, chunk: 2);
        ComputedBlock[] results = [new(rig.Links[0].Chunks.Dequeue(), default), new(new TypedBlock<long>(100, new long[1]), default)];
        string message = Assert.Throws<LinkException>(() => rig.Coordinator.Accept(rig.Links[0], 1, results)).Message;
        Assert.Equal("Rank 0 answered items 100 to 100 of map 1, which it was not asked for.", message);
        Assert.Equal([0L, 1], rig.Delivered);
    }

    [Fact]
    public void A_link_that_gives_back_what_waits_behind_a_long_item_gets_no_more_until_it_answers()
    {
        var rig = new Rig(2, count: 200, chunk: 1);
        (SteppedLink stuck, SteppedLink other) = (rig.Links[0], rig.Links[1]);
        stuck.BatchSecondsNow = other.BatchSecondsNow = 20e-6;
        Block first = stuck.Chunks.Dequeue();
        rig.Coordinator.Accept(stuck, 1, [new ComputedBlock(first, new RankWork(0, 100))]);
        Block running = stuck.Chunks.Dequeue();
        Assert.InRange(stuck.Chunks.Count, 10, 32);
        long[] waiting = [.. stuck.Chunks.Select(c => c.First)];
        stuck.Chunks.Clear();
        foreach (long index in waiting)
            rig.Coordinator.TakeBack(stuck, 1, index, 1);
        Assert.Empty(stuck.Chunks);
        while (other.Chunks.TryDequeue(out Block? chunk))
            rig.Coordinator.Accept(other, 1, [new ComputedBlock(chunk, new RankWork(1, 100))]);
        Assert.Equal(199, rig.Delivered.Count);
        Assert.Empty(stuck.Chunks);
        rig.Coordinator.Accept(stuck, 1, [new ComputedBlock(running, new RankWork(0, 1_000_000_000))]);
        Assert.Equal(200, rig.Delivered.Distinct().Count());
    }

    [Fact]
    public void Two_maps_share_a_link()
    {
        var rig = new Rig(1, count: 100, chunk: 1);
        rig.Open(2, 100, 0, 1, false);
        // Until chunks are known to be short, one of each map.
        Assert.Equal([1, 2], rig.Links[0].Maps.Order());
    }

    [Fact]
    public void Parts_of_a_function_that_come_ahead_of_any_deal_are_passed_on_and_not_kept()
    {
        // Its owner deals when it has read what there is, and parts may come for as long as that.
        var coordinator = new Coordinator(() => { });
        SteppedLink[] links = [.. Enumerable.Range(0, 2).Select(rank => new SteppedLink { FirstRank = rank, Width = 1, LinksInAll = 2 })];
        foreach (SteppedLink link in links)
            coordinator.Add(link);
        Payload[] parts = [.. Enumerable.Range(0, 3).Select(_ => Payload.OfOwn(new byte[1], 1))];
        var map = new CoordinatedMap
        {
            Number = 1, Source = new BlockQueue(10), Sink = new NoSink(), Chunks = new ChunkPolicy(), Function = new TravellingFunction(new Payload(new byte[1]), parts.Length),
        };
        coordinator.Open(map);
        foreach (Payload part in parts)
            coordinator.AddPart(map, part);
        Assert.All(links, link => Assert.Equal(parts, link.Parts));
        Assert.Empty(map.Function!.Parts);
        Assert.All(parts, part => Assert.True(part.IsGivenAway));
    }

    private sealed class NoSink : ResultSink
    {
        public override void Deliver(Block results, RankWork work) { }

        public override void Fail(ItemFailure failure) { }

        public override void Abort(Exception exception) => throw exception;
    }

    private sealed class Rig
    {
        private int ranks;

        public Rig(int links, int count, long first = 0, int? chunk = null, bool isStatic = false)
        {
            for (int i = 0; i < links; i++)
                Join();
            Open(1, count, first, chunk, isStatic);
        }

        public Coordinator Coordinator { get; } = new();

        public List<SteppedLink> Links { get; } = [];

        public List<long> Delivered { get; } = [];

        public List<ItemFailure> Failed { get; } = [];

        public void Join()
        {
            var link = new SteppedLink { FirstRank = ranks++, Width = 1 };
            Links.Add(link);
            Coordinator.Add(link);
        }

        public void Open(int number, int count, long first, int? chunk, bool isStatic)
        {
            var source = new BlockQueue(first == 0 ? count : null);
            source.Add(new TypedBlock<long>(first, Enumerable.Range(0, count).Select(i => first + i).ToArray()));
            Coordinator.Open(new CoordinatedMap { Number = number, Source = source, Sink = new Sink(this), Chunks = new ChunkPolicy { FixedSize = chunk, IsStatic = isStatic } });
        }

        public void Lose(long[]? running, bool known, bool blameless = false)
        {
            SteppedLink link = Links[0];
            Links.RemoveAt(0);
            Coordinator.Remove(link, new LinkLoss("It broke.", blameless, running?.Select(i => new RunningItem(link.FirstRank, 1, i)).ToArray(), known));
        }

        private sealed class Sink(Rig rig) : ResultSink
        {
            public override void Deliver(Block results, RankWork work) =>
                rig.Delivered.AddRange(Enumerable.Range(0, results.Count).Select(i => results.First + i));

            public override void Fail(ItemFailure failure) => rig.Failed.Add(failure);

            public override void Abort(Exception exception) => throw exception;
        }
    }

    /// <summary>A link that keeps what it is sent.</summary>
    private sealed class SteppedLink : Link
    {
        public Queue<Block> Chunks { get; } = new();

        public List<int> Maps { get; } = [];

        public double BatchSecondsNow { get; set; }

        public override double BatchSeconds => BatchSecondsNow;

        public int LinksInAll { get; init; } = 1;

        public List<Payload> Parts { get; } = [];

        public override void Begin(CoordinatedMap map) => map.Function?.Went(LinksInAll);

        public override void SendPart(CoordinatedMap map, Payload part) => Parts.Add(part);

        public override void Send(CoordinatedMap map, Block chunk, bool mayReturn)
        {
            Chunks.Enqueue(chunk);
            Maps.Add(map.Number);
        }

        public override void End(CoordinatedMap map) { }
    }
}
