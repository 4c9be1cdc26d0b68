using System.Collections.Concurrent;
using System.Globalization;

namespace PathosHpc.Tests;

/// <summary>What every pool promises. Each kind of pool inherits it; functions must be shippable, so they touch nothing of the test object.</summary>
public abstract partial class PoolContract
{
    /// <summary>No step of a test waits longer.</summary>
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>A pool of the kind under test.</summary>
    protected abstract Pool NewPool(int size = 2);

    /// <summary>Whether functions run in other processes.</summary>
    protected virtual bool IsRemote => true;

    private static MapOptions Scatter => new() { Strategy = MapStrategy.ScatterGather };

    private static IEnumerable<int> Naturals()
    {
        for (int i = 0; ; i++)
            yield return i;
    }

    private static async Task<List<T>> Gather<T>(IAsyncEnumerable<T> source)
    {
        var list = new List<T>();
        await foreach (T value in source)
            list.Add(value);
        return list;
    }

    public static TheoryData<int, int?> Counts => new() { { 0, null }, { 1, null }, { 2, 1 }, { 3, null }, { 7, 3 }, { 50, 1 }, { 1000, null }, { 1000, 7 }, { 100_000, null } };

    [Theory, MemberData(nameof(Counts))]
    public async Task Map_gives_all_results_in_order(int count, int? chunk)
    {
        await using Pool pool = NewPool();
        int k = 3;
        int[] items = [.. Enumerable.Range(0, count)];
        int[] results = await pool.MapAsync(x => x * k, items, new MapOptions { ChunkSize = chunk }).WaitAsync(Patience);
        Assert.Equal(items.Select(x => x * 3), results);
        Assert.Equal(count, pool.Statistics.Items);
    }

    [Theory, MemberData(nameof(Counts))]
    public async Task Scatter_gives_all_results_in_order(int count, int? chunk)
    {
        _ = chunk;
        await using Pool pool = NewPool(3);
        int[] results = await pool.MapAsync(x => x + 1, Enumerable.Range(0, count), Scatter).WaitAsync(Patience);
        Assert.Equal(Enumerable.Range(1, count), results);
    }

    /// <summary>Their messages come in memory that others came in before: none may be used for two at a time.</summary>
    [Fact]
    public async Task Large_maps_at_once_and_one_after_another_keep_their_items_and_results_apart()
    {
        await using Pool pool = NewPool();
        int[] items = [.. Enumerable.Range(0, 400_000)];
        double[][] blocks = [.. Enumerable.Range(0, 24).Select(i => Enumerable.Repeat((double)i, 25_000).ToArray())];
        for (int round = 0; round < 3; round++)
        {
            Task<int[]> scattered = pool.MapAsync(x => ~x, items, Scatter);
            Task<long[]> dealt = pool.MapAsync(x => 3L * x, items);
            Task<double[][]> large = pool.MapAsync(block => block, blocks);
            Task<List<int>> streamed = Gather(pool.MapStreamAsync(x => -x, items));
            Assert.True((await scattered.WaitAsync(Patience)).SequenceEqual(items.Select(x => ~x)), $"Round {round}: scattered results are wrong.");
            Assert.True((await dealt.WaitAsync(Patience)).SequenceEqual(items.Select(x => 3L * x)), $"Round {round}: dealt results are wrong.");
            Assert.True((await large.WaitAsync(Patience)).Zip(blocks).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second)), $"Round {round}: large results are wrong.");
            Assert.True((await streamed.WaitAsync(Patience)).SequenceEqual(items.Select(x => -x)), $"Round {round}: streamed results are wrong.");
        }
    }

    /// <summary>Their chunks turn out to take long, so what is left of each goes to another rank, and what computed it goes on in memory that was used before.</summary>
    [Fact]
    public async Task Large_items_that_are_given_back_stay_whole()
    {
        await using Pool pool = NewPool();
        double[][] blocks = [.. Enumerable.Range(0, 120).Select(i => Enumerable.Repeat((double)i, 20_000).ToArray())];
        Task<double[][]>[] maps = [.. Enumerable.Range(0, 3).Select(_ => pool.MapAsync(block => { Thread.Sleep(block[0] >= 40 && block[0] % 4 == 0 ? 30 : 0); return block; }, blocks))];
        foreach (double[][] results in await Task.WhenAll(maps).WaitAsync(Patience))
            Assert.All(results, (block, i) => Assert.True(block.AsSpan().SequenceEqual(blocks[i]), $"Item {i} became another."));
    }

    /// <summary>Their bytes follow the function in parts, past ranks that have it already and to ranks that begin later, and may be cut off.</summary>
    [Fact]
    public async Task Large_arrays_that_a_function_captures_arrive_whole()
    {
        await using Pool pool = NewPool();
        double[] numbers = [.. Enumerable.Range(0, 700_001).Select(i => i / 7.0)];
        DateTime[] times = [.. Enumerable.Range(0, 50_000).Select(i => DateTime.UnixEpoch.AddSeconds(i))];
        double[] same = numbers;
        byte[] few = [1, 2, 3];
        Func<int, (double, double, long, int, bool)> look = i => (numbers[^1], numbers.Sum(), times[^i].Ticks, few.Length, ReferenceEquals(numbers, same));
        foreach (int count in (int[])[1, 500, 1])
        {
            using var end = new CancellationTokenSource();
            Task<(double, double, long, int, bool)[]> cut = pool.MapAsync(look, Enumerable.Range(1, 50).ToArray(), cancellationToken: end.Token);
            end.Cancel();
            (double, double, long, int, bool)[] looked = await pool.MapAsync(look, Enumerable.Range(1, count).ToArray()).WaitAsync(Patience);
            Assert.Equal(Enumerable.Range(1, count).Select(look), looked);
            Assert.True(await Record.ExceptionAsync(() => cut).WaitAsync(Patience) is null or OperationCanceledException);
        }
    }

    [Theory, MemberData(nameof(Counts))]
    public async Task Streams_agree_with_the_serial_answer(int count, int? chunk)
    {
        await using Pool pool = NewPool();
        var options = new MapOptions { ChunkSize = chunk };
        List<string> ordered = await Gather(pool.MapStreamAsync(x => "n" + x, Enumerable.Range(0, count), options)).WaitAsync(Patience);
        Assert.Equal(Enumerable.Range(0, count).Select(x => "n" + x), ordered);
        List<(long Index, string Item)> unordered = await Gather(pool.MapUnorderedAsync(x => "n" + x, Enumerable.Range(0, count), options)).WaitAsync(Patience);
        Assert.Equal(Enumerable.Range(0, count).Select(x => ((long)x, "n" + x)), unordered.OrderBy(r => r.Index));
    }

    [Fact]
    public async Task Three_sequences_are_zipped_to_the_shortest()
    {
        await using Pool pool = NewPool();
        int[] x = [.. Enumerable.Range(0, 50)], y = [.. Enumerable.Range(100, 60)];
        double[] results = await pool.MapAsync((a, b, c) => a * b + c, x, y, x.Select(i => i / 2.0)).WaitAsync(Patience);
        Assert.Equal(x.Select(i => i * (i + 100) + (i / 2.0)), results);
        Assert.Equal(x.Select(i => Math.Pow(i, i % 3)), await pool.MapAsync(Math.Pow, x.Select(i => (double)i), x.Select(i => i % 3.0)).WaitAsync(Patience));
    }

    [Fact]
    public async Task The_four_shapes_of_function_map()
    {
        await using Pool pool = NewPool();
        int[] items = [1, 2, 3];
        Assert.Equal((int[])[2, 4, 6], await pool.MapAsync(x => x * 2, items).WaitAsync(Patience));
        Assert.Equal((int[])[2, 4, 6], await pool.MapAsync((x, token) => token.IsCancellationRequested ? 0 : x * 2, items).WaitAsync(Patience));
        Assert.Equal((int[])[2, 4, 6], await pool.MapAsync(async x => { await Task.Yield(); return x * 2; }, items).WaitAsync(Patience));
        Assert.Equal((int[])[2, 4, 6], await pool.MapAsync(async (x, token) => { await Task.Delay(1, token); return x * 2; }, items).WaitAsync(Patience));
        Assert.Equal(42, await pool.RunAsync(x => x + 1, 41).WaitAsync(Patience));
        Assert.Equal(42, pool.Run(x => x + 1, 41));
        Assert.Equal([2, 3, 4], pool.Map(x => x + 1, items));
    }

    [Fact]
    public async Task An_infinite_input_streams_with_bounded_look_ahead()
    {
        await using Pool pool = NewPool();
        long read = 0;
        IEnumerable<int> Counted()
        {
            foreach (int i in Naturals())
            {
                Interlocked.Increment(ref read);
                yield return i;
            }
        }
        int expected = 0;
        await foreach (int result in pool.MapStreamAsync(x => x, Counted(), new MapOptions { MaxInFlight = 64 }))
        {
            Assert.Equal(expected++, result);
            Assert.True(Interlocked.Read(ref read) <= expected + 64, $"{read} items were read when {expected} had come");
            if (expected == 1000)
                break;
        }
    }

    [Fact]
    public async Task An_input_that_throws_gives_the_results_before_it_first()
    {
        await using Pool pool = NewPool();
        static IEnumerable<int> Broken()
        {
            for (int i = 0; i < 10; i++)
                yield return i;
            throw new InvalidDataException("the input broke");
        }
        var seen = new List<int>();
        var error = await Assert.ThrowsAsync<InvalidDataException>(async () =>
        {
            await foreach (int result in pool.MapStreamAsync(x => x, Broken()))
                seen.Add(result);
        }).WaitAsync(Patience);
        Assert.Equal("the input broke", error.Message);
        Assert.Equal(Enumerable.Range(0, 10), seen);
        await Assert.ThrowsAsync<InvalidDataException>(() => pool.MapAsync(x => x, Broken())).WaitAsync(Patience);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(25)]
    [InlineData(49)]
    public async Task A_throwing_item_ends_the_map_with_its_index_and_cause(int bad)
    {
        await using Pool pool = NewPool();
        var error = await Assert.ThrowsAsync<ItemFailedException>(() =>
            pool.MapAsync(x => x == bad ? throw new ArgumentException("bad " + x) : x, Enumerable.Range(0, 50))).WaitAsync(Patience);
        Assert.Equal(bad, error.Index);
        Assert.IsType<ArgumentException>(error.InnerException);
        Assert.Contains("bad " + bad, error.Message, StringComparison.Ordinal);
        Assert.Contains(nameof(A_throwing_item_ends_the_map_with_its_index_and_cause), error.RemoteStackTrace, StringComparison.Ordinal);
        Assert.Equal((int[])[1, 2], await pool.MapAsync(x => x, [1, 2]).WaitAsync(Patience));
    }

    [Fact]
    public async Task All_failures_come_at_the_end_when_the_map_continues()
    {
        await using Pool pool = NewPool();
        var reported = new ConcurrentBag<long>();
        var options = new MapOptions { OnItemFailure = OnItemFailure.Continue, Failures = new Told<ItemFailedException>(e => reported.Add(e.Index)) };
        var error = await Assert.ThrowsAsync<MapFailedException>(() =>
            pool.MapAsync(x => x % 10 == 3 ? throw new InvalidOperationException("three") : x, Enumerable.Range(0, 100), options)).WaitAsync(Patience);
        Assert.Equal(Enumerable.Range(0, 10).Select(i => 10L * i + 3), error.Failures.Select(f => f.Index));
        Assert.Equal(Enumerable.Range(0, 100).Select(x => x % 10 == 3 ? 0 : x), error.Results<int>());
        Assert.Equal(10, reported.Count);

        var seen = new List<int>();
        await Assert.ThrowsAsync<MapFailedException>(async () =>
        {
            await foreach (int result in pool.MapStreamAsync(x => x == 5 ? throw new InvalidOperationException() : x, Enumerable.Range(0, 10), options))
                seen.Add(result);
        }).WaitAsync(Patience);
        Assert.Equal([0, 1, 2, 3, 4, 0, 6, 7, 8, 9], seen);
    }

    [Fact]
    public async Task A_null_reference_in_an_item_is_that_items_failure()
    {
        await using Pool pool = NewPool();
        var error = await Assert.ThrowsAsync<ItemFailedException>(() => pool.MapAsync(x => ((string?)null)!.Length + x, new[] { 1 })).WaitAsync(Patience);
        Assert.IsType<NullReferenceException>(error.InnerException);
        int zero = 0;
        error = await Assert.ThrowsAsync<ItemFailedException>(() => pool.MapAsync(x => x / zero, new[] { 1 })).WaitAsync(Patience);
        Assert.IsType<DivideByZeroException>(error.InnerException);
    }

    [Fact]
    public async Task Unusable_options_are_told_all_at_once_before_anything_starts()
    {
        await using Pool pool = NewPool();
        var options = new MapOptions { ChunkSize = 0, MaxInFlight = -1, ItemTimeout = TimeSpan.Zero };
        foreach (Action call in new Action[]
        {
            () => pool.MapAsync(x => x, new[] { 1 }, options), () => pool.MapStreamAsync(x => x, new[] { 1 }, options),
            () => pool.MapUnorderedAsync(x => x, new[] { 1 }, options), () => pool.RunAsync(x => x, 1, options),
        })
        {
            var error = Record.Exception(call) ?? throw new InvalidOperationException("nothing was thrown");
            Assert.Contains("ChunkSize is 0", error.Message, StringComparison.Ordinal);
            Assert.Contains("MaxInFlight is -1", error.Message, StringComparison.Ordinal);
            Assert.Contains("ItemTimeout is 00:00:00", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_result_that_is_still_awaitable_is_refused()
    {
        await using Pool pool = NewPool();
        var error = Assert.Throws<ArgumentException>(() => { _ = pool.MapAsync(x => new ValueTask<int>(x), new[] { 1 }); });
        Assert.Contains("ValueTask<Int32>", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Random_streams_depend_on_seed_and_index_alone()
    {
        double[] expected = [.. Enumerable.Range(0, 40).Select(i => new PhiloxRandom(7, (ulong)i).NextDouble())];
        await using Pool pool = NewPool(3);
        double[] drawn = await pool.MapAsync(_ => MapContext.Current!.Random.NextDouble(), Enumerable.Range(0, 40), new MapOptions { Seed = 7 }).WaitAsync(Patience);
        Assert.Equal(expected, drawn);
        Assert.Equal(40, drawn.Distinct().Count());
        double[] other = await pool.MapAsync(_ => MapContext.Current!.Random.NextDouble(), Enumerable.Range(0, 40)).WaitAsync(Patience);
        Assert.NotEqual(drawn, other);
    }

    [Fact]
    public async Task An_item_knows_where_it_is()
    {
        await using Pool pool = NewPool();
        (long, int, int, string)[] seen = await pool.MapAsync(x => (MapContext.Current!.Index, MapContext.Current.Rank, MapContext.Current.Size, MapContext.Current.Node), Enumerable.Range(0, 20)).WaitAsync(Patience);
        Assert.Equal(Enumerable.Range(0, 20).Select(i => (long)i), seen.Select(s => s.Item1));
        Assert.All(seen, s => Assert.InRange(s.Item2, 0, s.Item3 - 1));
        Assert.All(seen, s => Assert.Equal(pool.Size, s.Item3));
        Assert.Null(MapContext.Current);
    }

    [Fact]
    public async Task Culture_and_time_zone_are_the_callers()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("de-DE");
            await using Pool pool = NewPool();
            string[] texts = await pool.MapAsync(x => x.ToString("N1", null) + " " + TimeZoneInfo.Local.Id, new[] { 1234.5 }).WaitAsync(Patience);
            Assert.Equal("1.234,5 " + TimeZoneInfo.Local.Id, texts[0]);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public async Task Several_maps_run_at_once_on_one_pool()
    {
        await using Pool pool = NewPool();
        Task<int[]>[] maps = [.. Enumerable.Range(0, 8).Select(m => pool.MapAsync(x => { Thread.Sleep(1); return x * m; }, Enumerable.Range(0, 40)))];
        int[][] results = await Task.WhenAll(maps).WaitAsync(Patience);
        for (int m = 0; m < maps.Length; m++)
            Assert.Equal(Enumerable.Range(0, 40).Select(x => x * m), results[m]);
    }

    [Fact]
    public async Task Cancelling_ends_a_map_and_leaves_the_pool_usable()
    {
        await using Pool pool = NewPool();
        using var already = new CancellationTokenSource();
        await already.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pool.MapAsync(x => x, new[] { 1 }, null, already.Token)).WaitAsync(Patience);

        using var source = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        var watch = System.Diagnostics.Stopwatch.StartNew();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.Run(() =>
            pool.MapAsync((x, token) => token.WaitHandle.WaitOne(20_000) ? 1 : 0, Enumerable.Range(0, 100), null, source.Token))).WaitAsync(Patience);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"it took {watch.Elapsed}");
        Assert.Equal((int[])[2, 3], await pool.MapAsync(x => x + 1, new[] { 1, 2 }).WaitAsync(Patience));
    }

    [Fact]
    public async Task Leaving_a_stream_early_ends_its_map()
    {
        await using Pool pool = NewPool();
        await foreach ((long index, int result) in pool.MapUnorderedAsync(x => x, Naturals()))
        {
            if (index >= 0 && result >= 0)
                break;
        }
        Assert.Equal((int[])[5], await pool.MapAsync(x => x, new[] { 5 }).WaitAsync(Patience));
    }

    [Fact]
    public async Task Disposing_during_a_map_ends_it_at_once()
    {
        Pool pool = NewPool();
        Task<int[]> map = Task.Run(() => pool.MapAsync((x, token) => token.WaitHandle.WaitOne(20_000) ? 1 : 0, Enumerable.Range(0, 10_000)));
        await Task.Delay(500);
        var watch = System.Diagnostics.Stopwatch.StartNew();
        await pool.DisposeAsync().AsTask().WaitAsync(Patience);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => map).WaitAsync(Patience);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), $"it took {watch.Elapsed}");
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await pool.MapAsync(x => x, new[] { 1 })).WaitAsync(Patience);
        await pool.DisposeAsync();
    }

    [Fact]
    public async Task An_item_that_heeds_its_token_times_out_alone()
    {
        await using Pool pool = NewPool();
        var options = new MapOptions { ItemTimeout = TimeSpan.FromMilliseconds(300), OnItemFailure = OnItemFailure.Continue, ChunkSize = 1 };
        var error = await Assert.ThrowsAsync<MapFailedException>(() => pool.MapAsync((x, token) =>
        {
            if (x == 2)
                token.WaitHandle.WaitOne(20_000);
            token.ThrowIfCancellationRequested();
            return x;
        }, Enumerable.Range(0, 6), options)).WaitAsync(Patience);
        ItemFailedException failure = Assert.Single(error.Failures);
        Assert.Equal(2, failure.Index);
        Assert.IsType<TimeoutException>(failure.InnerException);
        Assert.Equal([0, 1, 0, 3, 4, 5], error.Results<int>());
    }

    [Fact, NeedsOutsideClient]
    public async Task An_item_that_never_yields_times_out_and_the_others_are_computed()
    {
        await using Pool pool = NewPool();
        var options = new MapOptions { ItemTimeout = TimeSpan.FromMilliseconds(300), OnItemFailure = OnItemFailure.Continue, ChunkSize = 1 };
        var error = await Assert.ThrowsAsync<MapFailedException>(() => pool.MapAsync(x =>
        {
            for (var until = DateTime.UtcNow.AddSeconds(x == 1 ? 15 : 0); DateTime.UtcNow < until;)
                Thread.SpinWait(1000);
            return x;
        }, Enumerable.Range(0, 6), options)).WaitAsync(Patience);
        ItemFailedException failure = Assert.Single(error.Failures);
        Assert.Equal(1, failure.Index);
        Assert.IsType<TimeoutException>(failure.InnerException);
        Assert.Equal([0, 0, 2, 3, 4, 5], error.Results<int>());
    }

    [Fact]
    public async Task Items_overlap_when_a_rank_may_compute_several()
    {
        await using Pool pool = NewPool(1);
        var watch = System.Diagnostics.Stopwatch.StartNew();
        var options = new MapOptions { ConcurrencyPerRank = 8, ChunkSize = 16 };
        int[] waited = await pool.MapAsync(async x => { await Task.Delay(200); return x; }, Enumerable.Range(0, 16), options).WaitAsync(Patience);
        Assert.Equal(Enumerable.Range(0, 16), waited);
        int[] slept = await pool.MapAsync(x => { Thread.Sleep(200); return (int)MapContext.Current!.Index + x; }, Enumerable.Range(0, 16), options).WaitAsync(Patience);
        Assert.Equal(Enumerable.Range(0, 16).Select(x => 2 * x), slept);
    }

    [Fact]
    public async Task Progress_is_told_to_the_end()
    {
        await using Pool pool = NewPool();
        var told = new ConcurrentQueue<MapProgress>();
        await pool.MapAsync(x => x, Enumerable.Range(0, 500).ToArray(), new MapOptions { Progress = new Told<MapProgress>(told.Enqueue) }).WaitAsync(Patience);
        Assert.Equal(500, told.Last().Completed);
        Assert.Equal(500, told.Last().Total);
    }

    [Fact]
    public async Task A_map_is_itself_an_item_of_another_pool()
    {
        await using Pool pool = NewPool();
        int[] sums = await pool.MapAsync(async n =>
        {
            await using var inner = new ThreadedPool(2);
            return (await inner.MapAsync(x => x * x, Enumerable.Range(0, n))).Sum();
        }, new[] { 3, 4, 5 }).WaitAsync(Patience);
        Assert.Equal([5, 14, 30], sums);
    }

    [Fact]
    public async Task The_alternating_series_of_128_items_is_ln_2()
    {
        await using Pool pool = NewPool();
        double[] parts = await pool.MapAsync(p =>
        {
            double sum = 0;
            for (long k = 1 + (p * 20_000L); k <= (p + 1) * 20_000L; k++)
                sum += (k % 2 == 1 ? 1.0 : -1.0) / k;
            return sum;
        }, Enumerable.Range(0, 128)).WaitAsync(Patience);
        Assert.Equal(Math.Log(2), parts.Sum(), 1e-6);
    }

    [Fact]
    public async Task A_search_stops_at_the_first_match()
    {
        await using Pool pool = NewPool();
        long found = -1;
        await foreach ((long index, bool match) in pool.MapUnorderedAsync(x => x * x == 1_000_000, Naturals()))
        {
            if (match)
            {
                found = index;
                break;
            }
        }
        Assert.Equal(1000, found);
    }

    [Fact]
    public async Task Skewed_items_keep_their_order_and_every_rank_takes_part()
    {
        await using Pool pool = NewPool();
        int[] results = await pool.MapAsync(x => { Thread.Sleep(x < 4 ? 100 : 1); return x; }, Enumerable.Range(0, 100)).WaitAsync(Patience);
        Assert.Equal(Enumerable.Range(0, 100), results);
        Assert.Equal(100, pool.Statistics.Items);
        Assert.Equal(pool.Size, pool.Statistics.Ranks.Count(r => r.Items > 0));
    }
}
