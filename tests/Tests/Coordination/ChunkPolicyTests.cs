using Xunit.Abstractions;

namespace PathosHpc.Tests;

/// <summary>How chunks grow, shrink and share out.</summary>
public sealed class ChunkPolicyTests(ITestOutputHelper output)
{
    [Fact]
    public void Chunks_begin_with_one_item_and_at_most_double()
    {
        var policy = new ChunkPolicy();
        var share = new LinkShare();
        Assert.Equal(1, policy.NextSize(share, 1_000_000, 4));
        for (int size = 1; size < 512; size *= 2)
        {
            share.LastChunk = size;
            policy.Learn(size, size * 1000);
            Assert.Equal(2 * size, policy.NextSize(share, 1_000_000, 4));
        }
        share.LastChunk = 1000;
        Assert.InRange(policy.NextSize(share, 1_000_000, 4), 1999, 2000);
    }

    [Fact]
    public void What_items_took_before_sizes_the_first_chunks_until_the_first_result()
    {
        var policy = new ChunkPolicy { ExpectedSeconds = 1e-6 };
        Assert.Null(policy.SecondsPerItem);
        Assert.Equal(2000, policy.NextSize(new LinkShare(), 1_000_000, 4));
        Assert.Equal(3, policy.Depth);
        policy.Learn(1, 50_000_000);
        Assert.Equal(0.05, policy.SecondsPerItem);
        Assert.Equal(1, policy.NextSize(new LinkShare(), 1_000_000, 4));
        Assert.Equal(1, policy.Depth);
    }

    [Fact]
    public void A_guess_is_trusted_with_an_eighth_of_a_fair_share()
    {
        Assert.Equal(20, new ChunkPolicy { ExpectedSeconds = 1e-6 }.NextSize(new LinkShare(), 640, 4));
        Assert.Equal(2, new ChunkPolicy { ExpectedSeconds = 1e-6 }.NextSize(new LinkShare(), 10, 2));
    }

    [Fact]
    public void Item_times_are_known_of_a_function_that_was_mapped_before()
    {
        var times = new KnownItemTimes();
        Func<int, int> function = static x => x, other = static x => x + 1;
        Assert.Equal(0, times.Of(function));
        var chunks = new ChunkPolicy();
        times.Begin(function, chunks);
        Assert.Equal(0, times.Of(function));
        chunks.Learn(4, 8_000);
        Assert.Equal(2e-6, times.Of(function), 1e-12);
        times.Begin(function, new ChunkPolicy { ExpectedSeconds = times.Of(function) }); // a map without items
        Assert.Equal(2e-6, times.Of(function), 1e-12);
        Assert.Equal(0, times.Of(other));
    }

    [Fact]
    public void Long_items_go_one_by_one()
    {
        var policy = new ChunkPolicy();
        policy.Learn(1, 50_000_000);
        Assert.Equal(1, policy.NextSize(new LinkShare { LastChunk = 64 }, 1_000_000, 4));
    }

    [Fact]
    public void The_tail_is_cut_into_fair_halves()
    {
        var policy = new ChunkPolicy();
        policy.Learn(1, 100_000);
        var share = new LinkShare { LastChunk = 1000 };
        Assert.Equal(20, policy.NextSize(share, 1000, 2));
        Assert.Equal(5, policy.NextSize(share, 20, 2));
        Assert.Equal(1, policy.NextSize(share, 3, 2));
    }

    [Fact]
    public void Fixed_and_static_sizes_do_not_adapt()
    {
        var fixedSize = new ChunkPolicy { FixedSize = 7 };
        fixedSize.Learn(1, 1_000_000_000);
        Assert.Equal(7, fixedSize.NextSize(new LinkShare(), 3, 2));
        Assert.False(fixedSize.MayReturn);
        var isStatic = new ChunkPolicy { IsStatic = true };
        Assert.Equal(int.MaxValue, isStatic.NextSize(new LinkShare(), 3, 2));
        Assert.False(isStatic.MayReturn);
        Assert.Equal(8, new ChunkPolicy { LeastSize = 8 }.NextSize(new LinkShare(), 100, 2));
        Assert.True(new ChunkPolicy().MayReturn);
    }

    public static TheoryData<string, double> Loads => new() { { "even", 1.05 }, { "rising", 1.15 }, { "falling", 1.15 }, { "heavy tail", 1.25 }, { "slow end", 1.35 } };

    /// <summary>In the model: ranks take a chunk when they have fewer than two, items cost what the load says, sending costs nothing.</summary>
    [Theory, MemberData(nameof(Loads))]
    public void Ranks_end_together_whatever_the_load(string load, double most)
    {
        const int Ranks = 8, Items = 20_000;
        var random = new Random(4);
        double[] seconds = [.. Enumerable.Range(0, Items).Select(i => load switch
        {
            "even" => 20e-6,
            "rising" => 40e-6 * i / Items,
            "falling" => 40e-6 * (Items - i) / Items,
            "heavy tail" => 5e-6 / Math.Pow(1 - random.NextDouble(), 0.6),
            _ => i > Items - 200 ? 500e-6 : 10e-6,
        })];
        double ideal = seconds.Sum() / Ranks, worst = Makespan(seconds, Ranks);
        output.WriteLine($"{load}: {worst / ideal:0.000} of the ideal.");
        Assert.InRange(worst / ideal, 0.999, most);
    }

    [Fact]
    public void Long_chunks_are_not_dealt_ahead()
    {
        var policy = new ChunkPolicy { FixedSize = 1 };
        Assert.Equal(1, policy.Depth);
        policy.Learn(1, 1000);
        Assert.Equal(2, policy.Depth);
        policy.Learn(1, 1_000_000_000);
        Assert.Equal(1, policy.Depth);
    }

    [Fact]
    public void Short_chunks_of_a_fixed_size_are_dealt_ahead_in_batches()
    {
        var policy = new ChunkPolicy { FixedSize = 2 };
        policy.NextSize(new LinkShare(), 1000, 4);
        Assert.Equal(1, policy.BatchDepth(20e-6, 1000));
        policy.Learn(2, 200);
        Assert.Equal(32, policy.BatchDepth(20e-6, 1000));
        Assert.Equal(5, policy.BatchDepth(20e-6, 80)); // 80 items are 40 chunks: half of a rank's part
        Assert.Equal(2, policy.BatchDepth(20e-6, 4));
        policy.Learn(2, 16_000); // on average 4 us an item, so 8 us a chunk
        Assert.Equal(2, policy.BatchDepth(20e-6, 1000));
        policy.Learn(1, 1_000_000_000);
        Assert.Equal(1, policy.BatchDepth(20e-6, 1000));
    }

    private static double Makespan(double[] seconds, int ranks)
    {
        var policy = new ChunkPolicy();
        var shares = Enumerable.Range(0, ranks).Select(_ => new LinkShare()).ToArray();
        var waiting = Enumerable.Range(0, ranks).Select(_ => new Queue<(int First, int Count)>()).ToArray();
        var events = new PriorityQueue<(int Rank, int First, int Count), double>();
        double end = 0;
        int dealt = 0;
        for (int rank = 0; rank < ranks; rank++)
            Deal(rank);
        for (int rank = 0; rank < ranks; rank++)
            Begin(rank, 0);
        while (events.TryDequeue(out var done, out double now))
        {
            end = now;
            policy.Learn(done.Count, (long)(Cost(done.First, done.Count) * 1e9));
            while (waiting[done.Rank].Count < policy.Depth && dealt < seconds.Length)
                Deal(done.Rank);
            Begin(done.Rank, now);
        }
        return end;

        void Deal(int rank)
        {
            int count = Math.Min(policy.NextSize(shares[rank], seconds.Length - dealt, ranks), seconds.Length - dealt);
            if (count < 1)
                return;
            shares[rank].LastChunk = count;
            waiting[rank].Enqueue((dealt, count));
            dealt += count;
        }

        void Begin(int rank, double now)
        {
            if (waiting[rank].TryDequeue(out var chunk))
                events.Enqueue((rank, chunk.First, chunk.Count), now + Cost(chunk.First, chunk.Count));
        }

        double Cost(int first, int count) => seconds.AsSpan(first, count).ToArray().Sum();
    }
}
