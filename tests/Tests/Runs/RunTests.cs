namespace PathosHpc.Tests;

/// <summary>Runs at the caller's end: whatever the order in which results come, and however often the end.</summary>
public sealed class RunTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly MapOptions Continue = new() { OnItemFailure = OnItemFailure.Continue };

    [Fact]
    public async Task An_ordered_stream_holds_back_what_is_early()
    {
        var run = new OrderedRun<int>(new MapOptions(), new StatisticsCollector());
        run.InputEnded(10);
        foreach ((int first, int count) in ((int, int)[])[(7, 3), (3, 1), (1, 2), (4, 3), (0, 1)])
            run.Deliver(Results(first, count), new RankWork(0, 5));
        var blocks = new List<int>();
        await foreach (TypedBlock<int> block in run.ReadAsync())
            blocks.AddRange(block.Values.ToArray());
        Assert.Equal(Enumerable.Range(0, 10), blocks);
    }

    [Fact]
    public async Task An_unordered_stream_hands_over_what_comes()
    {
        var run = new UnorderedRun<int>(Continue, new StatisticsCollector());
        run.InputEnded(5);
        run.Deliver(Results(3, 2), default);
        run.Fail(Failure(0));
        run.Deliver(Results(1, 2), default);
        var firsts = new List<long>();
        var error = await Assert.ThrowsAsync<MapFailedException>(async () =>
        {
            await foreach (TypedBlock<int> block in run.ReadAsync())
                firsts.Add(block.First);
        });
        Assert.Equal([3, 1], firsts);
        Assert.Equal(0, Assert.Single(error.Failures).Index);
    }

    [Fact]
    public async Task An_array_fills_in_any_order_whether_its_length_is_known_or_not()
    {
        foreach (long? expected in (long?[])[10, null])
        {
            var run = new ArrayRun<int>(new MapOptions(), new StatisticsCollector(), expected);
            run.Deliver(Results(6, 4), default);
            run.Deliver(Encoded(0, 2), default);
            Assert.False(run.Task.IsCompleted);
            run.InputEnded(10);
            run.Deliver(Results(2, 4), default);
            Assert.Equal(Enumerable.Range(0, 10), await run.Task.WaitAsync(Patience));
        }
    }

    [Fact]
    public async Task Failures_leave_the_default_and_come_sorted()
    {
        var run = new ArrayRun<int>(Continue, new StatisticsCollector(), null);
        run.InputEnded(4);
        run.Fail(Failure(3));
        run.Fail(Failure(1));
        run.Deliver(Results(2, 1), default);
        run.Deliver(Results(0, 1), default);
        var error = await Assert.ThrowsAsync<MapFailedException>(() => run.Task.WaitAsync(Patience));
        Assert.Equal([1L, 3], error.Failures.Select(f => f.Index));
        Assert.Equal([0, 0, 2, 0], error.Results<int>());
    }

    [Fact]
    public async Task Only_the_first_end_counts()
    {
        var run = new ArrayRun<int>(new MapOptions(), new StatisticsCollector(), 1);
        int ended = 0;
        run.Ended += () => ended++;
        run.End(new InvalidDataException("first"));
        run.End(new ArgumentException("second"));
        run.End(null);
        run.Deliver(Results(0, 1), default);
        run.InputEnded(1);
        Assert.Equal("first", (await Assert.ThrowsAsync<InvalidDataException>(() => run.Task.WaitAsync(Patience))).Message);
        Assert.Equal(1, ended);
    }

    [Fact]
    public async Task A_stream_gives_what_came_before_its_failure()
    {
        var run = new OrderedRun<int>(new MapOptions(), new StatisticsCollector());
        run.Deliver(Results(0, 2), default);
        run.Fail(Failure(2));
        run.Deliver(Results(3, 1), default);
        var seen = new List<int>();
        var error = await Assert.ThrowsAsync<ItemFailedException>(async () =>
        {
            await foreach (TypedBlock<int> block in run.ReadAsync())
                seen.AddRange(block.Values.ToArray());
        });
        Assert.Equal([0, 1], seen);
        Assert.Equal(2, error.Index);
    }

    [Fact]
    public async Task An_input_that_failed_ends_the_run_when_what_it_gave_is_done()
    {
        var run = new ArrayRun<int>(new MapOptions(), new StatisticsCollector(), null);
        run.InputFailed(new InvalidDataException("broken"), 2);
        Assert.False(run.Task.IsCompleted);
        run.Deliver(Results(0, 2), default);
        await Assert.ThrowsAsync<InvalidDataException>(() => run.Task.WaitAsync(Patience));
    }

    [Fact]
    public async Task A_token_that_was_canceled_before_ends_the_run_as_it_begins()
    {
        using var source = new CancellationTokenSource();
        await source.CancelAsync();
        int told = 0;
        var run = new ArrayRun<int>(new MapOptions { Progress = new Told<MapProgress>(_ => told++) }, new StatisticsCollector(), 1);
        run.Begin(null, source.Token);
        Assert.True(run.IsEnded);
        await Assert.ThrowsAsync<TaskCanceledException>(() => run.Task);
        int atEnd = told;
        await Task.Delay(500);
        Assert.Equal(atEnd, told);
    }

    [Fact]
    public async Task What_the_callers_objects_throw_ends_the_map()
    {
        var progress = new ArrayRun<int>(new MapOptions { Progress = new Told<MapProgress>(_ => throw new InvalidDataException("progress")) }, new StatisticsCollector(), 1);
        progress.Begin(null, default);
        Assert.Equal("progress", (await Assert.ThrowsAsync<InvalidDataException>(() => progress.Task.WaitAsync(Patience))).Message);

        var failures = new ArrayRun<int>(Continue with { Failures = new Told<ItemFailedException>(_ => throw new InvalidDataException("failures")) }, new StatisticsCollector(), 1);
        failures.Fail(Failure(0));
        Assert.Equal("failures", (await Assert.ThrowsAsync<InvalidDataException>(() => failures.Task.WaitAsync(Patience))).Message);
    }

    [Fact]
    public async Task Results_that_cannot_be_decoded_end_the_map()
    {
        var run = new ArrayRun<int>(new MapOptions(), new StatisticsCollector(), 1);
        run.Deliver(new BlockEncoder<string>().Encode(0, ["text"]), default);
        await Assert.ThrowsAsync<MalformedPayloadException>(() => run.Task.WaitAsync(Patience));
        run = new ArrayRun<int>(new MapOptions(), new StatisticsCollector(), null);
        run.Deliver(Encoded(int.MaxValue, 1), default);
        Assert.Contains("MapStreamAsync", (await Assert.ThrowsAsync<InvalidOperationException>(() => run.Task.WaitAsync(Patience))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Look_ahead_follows_the_consumer()
    {
        var run = new OrderedRun<int>(new MapOptions { MaxInFlight = 5 }, new StatisticsCollector());
        run.InputEnded(6);
        Assert.Equal((5, 0), (run.LookAhead(0), run.LookAhead(5)));
        run.Deliver(Results(0, 5), default);
        Assert.Equal(0, run.LookAhead(5));
        await using IAsyncEnumerator<TypedBlock<int>> reader = run.ReadAsync().GetAsyncEnumerator();
        Assert.True(await reader.MoveNextAsync());
        Assert.Equal(0, run.LookAhead(5));
        run.Deliver(Results(5, 1), default);
        Assert.True(await reader.MoveNextAsync());
        Assert.Equal(5, run.LookAhead(5));
    }

    [Fact]
    public void Progress_estimates_from_the_pace()
    {
        Assert.Null(new MapProgress(0, 0, 10, TimeSpan.FromSeconds(1)).Remaining);
        Assert.Null(new MapProgress(5, 0, null, TimeSpan.FromSeconds(1)).Remaining);
        Assert.Equal(TimeSpan.FromSeconds(3), new MapProgress(4, 1, 20, TimeSpan.FromSeconds(1)).Remaining);
        Assert.Equal(TimeSpan.Zero, new MapProgress(20, 0, 20, TimeSpan.FromSeconds(1)).Remaining);
    }

    [Fact]
    public void Statistics_add_up_by_rank()
    {
        var collector = new StatisticsCollector();
        collector.Add(1, "b");
        collector.Add(0, "a");
        collector.Count(1, 30, 2_000_000);
        collector.Count(0, 10, 1_000_000);
        collector.Count(1, 20, 1_000_000);
        collector.Add(1, "c");
        PoolStatistics now = collector.Snapshot();
        Assert.Equal([new RankStatistics(0, "a", 10, TimeSpan.FromMilliseconds(1)), new RankStatistics(1, "c", 50, TimeSpan.FromMilliseconds(3))], now.Ranks);
        Assert.Equal((60, TimeSpan.FromMilliseconds(4)), (now.Items, now.Busy));
        Assert.Equal(50.0 / 60, now.Share(1));
        Assert.Equal(0, new StatisticsCollector().Snapshot().Items);
    }

    private static TypedBlock<int> Results(int first, int count) => new(first, Enumerable.Range(first, count).ToArray());

    private static EncodedBlock Encoded(int first, int count) => new BlockEncoder<int>().Encode(first, Enumerable.Range(0, count).Select(i => first + i).ToArray());

    private static ItemFailure Failure(long index) => ItemFailure.Of(index, 0, "here", new InvalidOperationException("It failed."));
}
