namespace PathosHpc.Tests;

/// <summary>What every pool of processes promises when things break, tested by breaking them: a result or an exception in time, nothing lost,
/// nothing left. Here: what functions and callers do.</summary>
public abstract partial class FaultContract : IAsyncLifetime
{
    /// <summary>Longest time for anything, per start of the ranks.</summary>
    protected const int Limit = 10;

    private protected FaultScene Scene { get; } = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await Scene.DisposeAsync();

    /// <summary>A pool of the kind under test, working in the scene and disposed with it.</summary>
    private protected abstract Pool NewPool(int size = 2, TimeSpan? heartbeat = null);

    /// <summary>The same with its folder elsewhere.</summary>
    private protected abstract Pool NewPoolIn(string folder);

    private static int[] Items(int count) => [.. Enumerable.Range(0, count)];

    private static MapOptions Continue => new() { OnItemFailure = OnItemFailure.Continue, ChunkSize = 1 };

    /// <summary>The pool still maps.</summary>
    private async Task StillMapsAsync(Pool pool, int seconds = Limit) =>
        Assert.Equal((int[])[10, 20, 30], await Scene.WithinAsync(seconds, () => pool.MapAsync(x => x * 10, (int[])[1, 2, 3])));

    /// <summary>A pool whose ranks are up.</summary>
    private async Task<Pool> StartedAsync(int size = 2, TimeSpan? heartbeat = null)
    {
        Pool pool = NewPool(size, heartbeat);
        await StillMapsAsync(pool);
        return pool;
    }

    [Theory]
    [InlineData(0)]
    [InlineData(99)]
    public async Task One_item_throws(int bad)
    {
        Pool pool = NewPool();
        var error = await Scene.FailsWithinAsync<ItemFailedException>(Limit, () =>
            pool.MapAsync(x => x == bad ? throw new InvalidDataException("bad") : x, Items(100)));
        Assert.Equal(bad, error.Index);
        Assert.IsType<InvalidDataException>(error.InnerException);
        await StillMapsAsync(pool);
    }

    [Fact]
    public async Task Every_item_throws()
    {
        Pool pool = NewPool();
        var all = await Scene.FailsWithinAsync<MapFailedException>(Limit, () =>
            pool.MapAsync(x => x >= 0 ? throw new InvalidDataException("bad " + x) : x, Items(200), Continue with { ChunkSize = null }));
        Assert.Equal(Enumerable.Range(0, 200).Select(i => (long)i), all.Failures.Select(f => f.Index));
        Assert.All(all.Failures, f => Assert.Equal("bad " + f.Index, f.InnerException!.Message));
        await Scene.FailsWithinAsync<ItemFailedException>(Limit, () => pool.MapAsync(x => x >= 0 ? throw new InvalidDataException("bad " + x) : x, Items(200)));
        await StillMapsAsync(pool);
    }

    [Fact]
    public async Task An_exception_that_cannot_be_serialized_arrives_as_text()
    {
        Pool pool = NewPool();
        var one = await Scene.FailsWithinAsync<ItemFailedException>(Limit, () =>
            pool.MapAsync(x => x == 5 ? throw new UnshippableException("holds a thread") : x, Items(10)));
        Assert.Equal(5, one.Index);
        Assert.IsType<RemoteException>(one.InnerException);
        Assert.Contains("UnshippableException: holds a thread", one.Message, StringComparison.Ordinal);
        var all = await Scene.FailsWithinAsync<MapFailedException>(Limit, () =>
            pool.MapAsync(x => x % 2 == 0 ? throw new UnshippableException("even") : x, Items(10), Continue));
        Assert.Equal([0L, 2, 4, 6, 8], all.Failures.Select(f => f.Index));
        Assert.Equal([0, 1, 0, 3, 0, 5, 0, 7, 0, 9], all.Results<int>());
    }

    [Fact]
    public async Task A_result_that_cannot_be_serialized_fails_its_item()
    {
        Pool pool = NewPool();
        var one = await Scene.FailsWithinAsync<ItemFailedException>(Limit, () =>
            pool.MapAsync(x => x == 7 ? (object)new MemoryStream() : x, Items(10)));
        Assert.Equal(7, one.Index);
        Assert.Contains("MemoryStream", one.Message, StringComparison.Ordinal);
        var all = await Scene.FailsWithinAsync<MapFailedException>(Limit, () =>
            pool.MapAsync(x => x == 3 ? (object)Thread.CurrentThread : x, Items(10), Continue));
        Assert.Equal(3, Assert.Single(all.Failures).Index);
        Assert.Equal(9, all.Results<object>()[9]);
    }

    [Fact]
    public async Task An_input_that_throws_gives_what_came_before()
    {
        Pool pool = NewPool();
        IEnumerable<int> Broken()
        {
            for (int i = 0; i < 500; i++)
                yield return i;
            throw new InvalidDataException("the input broke");
        }
        var seen = new List<int>();
        await Scene.FailsWithinAsync<InvalidDataException>(Limit, async () =>
        {
            await foreach (int x in pool.MapStreamAsync(x => x + 1, Broken()))
                seen.Add(x);
        });
        Assert.Equal(Enumerable.Range(1, 500), seen);
        await Scene.FailsWithinAsync<InvalidDataException>(Limit, () => pool.MapAsync(x => x, Broken()));
        await StillMapsAsync(pool);
    }

    [Fact]
    public async Task Callbacks_that_throw_end_the_map_and_not_the_program()
    {
        Pool pool = NewPool();
        var failures = new MapOptions { OnItemFailure = OnItemFailure.Continue, Failures = new Throwing<ItemFailedException>() };
        await Scene.FailsWithinAsync<NotSupportedException>(Limit, () => pool.MapAsync(x => x == 5 ? throw new InvalidDataException() : x, Items(10), failures));
        var progress = new MapOptions { Progress = new Throwing<MapProgress>() };
        await Scene.FailsWithinAsync<NotSupportedException>(Limit, () => pool.MapAsync(x => { Thread.Sleep(1000); return x; }, Items(2), progress));
        await StillMapsAsync(pool);
    }

    [Fact]
    public async Task Canceled_before_and_after()
    {
        Pool pool = NewPool();
        using var source = new CancellationTokenSource();
        int[] done = await Scene.WithinAsync(Limit, () => pool.MapAsync(x => x, Items(10), null, source.Token));
        await source.CancelAsync();
        Assert.Equal(10, done.Length);
        await Scene.FailsWithinAsync<OperationCanceledException>(Limit, () => pool.MapAsync(x => x, Items(10), null, source.Token));
        await Scene.FailsWithinAsync<OperationCanceledException>(Limit, async () =>
        {
            await foreach (int x in pool.MapStreamAsync(x => x, Items(10), null, source.Token))
                Assert.Fail($"{x} came");
        });
        await StillMapsAsync(pool);
    }

    [Fact]
    public async Task Canceled_during_start_and_during_items()
    {
        Pool pool = NewPool();
        foreach (int delay in (int[])[0, 30, 150])
        {
            using var source = new CancellationTokenSource(delay);
            await Scene.FailsWithinAsync<OperationCanceledException>(Limit, () =>
                pool.MapAsync((x, token) => token.WaitHandle.WaitOne(20_000) ? 1 : 0, Items(50), null, source.Token));
        }
        await StillMapsAsync(pool);
    }

    [Fact]
    public async Task Canceled_code_that_ignores_its_token_is_ended()
    {
        Pool pool = await StartedAsync();
        using var source = new CancellationTokenSource();
        string begun = Scene.File("begun");
        Task<int[]> map = Task.Run(() => pool.MapAsync(x => { FaultItems.Note(begun, x); FaultItems.Spin(60); return x; }, Items(4), null, source.Token));
        await Scene.UntilAsync(Limit, () => Scene.Lines("begun").Count >= 2, "both items beginning");
        await source.CancelAsync();
        await Scene.FailsWithinAsync<OperationCanceledException>(1, () => map);
        await StillMapsAsync(pool, 2 * Limit);
    }

    [Fact]
    public async Task An_item_that_never_yields_times_out_alone()
    {
        Pool pool = await StartedAsync();
        var all = await Scene.FailsWithinAsync<MapFailedException>(2 * Limit, () => pool.MapAsync(x =>
        {
            FaultItems.Spin(x == 3 ? 60 : 0);
            return x;
        }, Items(20), Continue with { ItemTimeout = TimeSpan.FromSeconds(0.5) }));
        Assert.Equal(3, Assert.Single(all.Failures).Index);
        Assert.IsType<TimeoutException>(all.Failures[0].InnerException);
        Assert.Equal(Items(20).Select(x => x == 3 ? 0 : x), all.Results<int>());
        await StillMapsAsync(pool);
    }

    [Fact]
    public async Task Disposed_during_a_map_from_two_threads_and_twice()
    {
        Pool pool = await StartedAsync();
        string begun = Scene.File("begun");
        Task<int[]> map = Task.Run(() => pool.MapAsync(x => { FaultItems.Note(begun, x); FaultItems.Spin(60); return x; }, Items(100)));
        await Scene.UntilAsync(Limit, () => Scene.Lines("begun").Count >= 2, "both items beginning");
        Task first = Task.Run(() => pool.DisposeAsync().AsTask());
        Task second = Task.Run(() => pool.DisposeAsync().AsTask());
        await Scene.WithinAsync(Limit, () => Task.WhenAny(first, second));
        await Scene.NothingIsLeftAsync(1);
        await Scene.WithinAsync(1, () => Task.WhenAll(first, second));
        await Scene.FailsWithinAsync<ObjectDisposedException>(1, () => map);
        await Scene.WithinAsync(1, () => pool.DisposeAsync().AsTask());
        await Scene.FailsWithinAsync<ObjectDisposedException>(1, () => pool.MapAsync(x => x, Items(3)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(40)]
    [InlineData(250)]
    public async Task Disposed_during_start(int milliseconds)
    {
        Pool pool = NewPool();
        Task<int[]> map = Task.Run(() => pool.MapAsync((x, token) => token.WaitHandle.WaitOne(20_000) ? 1 : 0, Items(10)));
        await Task.Delay(milliseconds);
        await Scene.WithinAsync(Limit, () => pool.DisposeAsync().AsTask());
        await Scene.NothingIsLeftAsync(1);
        await Scene.FailsWithinAsync<ObjectDisposedException>(1, () => map);
    }

    [Fact]
    public async Task Two_pools_at_once_do_not_disturb_each_other()
    {
        Pool steady = await StartedAsync(), broken = NewPool();
        string once = Scene.File("once");
        Task<int[]> first = Task.Run(() => steady.MapAsync(x => { Thread.Sleep(20); return x; }, Items(100)));
        Task<int[]> second = Task.Run(() => broken.MapAsync(x =>
        {
            if (x == 20 && FaultItems.IsFirst(once))
                FaultItems.Die();
            return -x;
        }, Items(100)));
        Assert.Equal(Items(100).Select(x => -x), await Scene.WithinAsync(2 * Limit, () => second));
        await Scene.WithinAsync(Limit, () => broken.DisposeAsync().AsTask());
        Assert.Equal(Items(100), await Scene.WithinAsync(Limit, () => first));
    }

    [Fact]
    public async Task Pools_inside_items()
    {
        Pool pool = NewPool();
        string work = Scene.Work;
        int[] sums = await Scene.WithinAsync(2 * Limit, () => pool.MapAsync(async n =>
        {
            await using Pool inner = n % 2 == 0 ? new ThreadedPool(2) : new ProcessPool(new ProcessPoolOptions { Workers = 2, WorkFolder = work });
            return (await inner.MapAsync(x => x * x, Enumerable.Range(0, n))).Sum();
        }, (int[])[3, 4]));
        Assert.Equal([5, 14], sums);
    }

    [FullDiskFact]
    public async Task A_full_disk_for_the_pools_folder_is_a_failure_with_a_cause()
    {
        using var disk = new SmallDisk(Scene.File("disk"));
        foreach (int free in (int[])[0, 4096, 8192])
        {
            disk.Fill(free);
            Pool pool = NewPoolIn(disk.Folder);
            Exception? error = await Scene.WithinAsync(Limit, () => Record.ExceptionAsync(() => pool.MapAsync(x => x, Items(3)))!);
            if (error is not null)
                Assert.IsType<JobFailedException>(error);
            else
                Assert.NotEqual(0, free);
            await Scene.WithinAsync(Limit, () => pool.DisposeAsync().AsTask());
            Assert.Empty(Directory.EnumerateDirectories(disk.Folder));
        }
        disk.Fill(1 << 20);
        await StillMapsAsync(NewPoolIn(disk.Folder));
    }

    private sealed class Throwing<T> : IProgress<T>
    {
        public void Report(T value) => throw new NotSupportedException("the callback threw");
    }
}
