using System.Collections.Concurrent;
using System.Diagnostics;

namespace PathosHpc.Tests;

/// <summary>What every pool of processes promises when things break. Here: how ranks die.</summary>
public abstract partial class FaultContract
{
    /// <summary>The kind of pool that the client program is to make.</summary>
    private protected abstract string ClientKind { get; }

    public static TheoryData<string> Deaths => ["kill", "exit0", "exit3", "overflow", "thread"];

    [Theory, MemberData(nameof(Deaths))]
    public async Task A_rank_that_dies_once_in_an_item_costs_nothing(string how)
    {
        Pool pool = await StartedAsync(3);
        string once = Scene.File("once");
        int[] results = await Scene.WithinAsync(2 * Limit, () => pool.MapAsync(x =>
        {
            if (x == 30 && FaultItems.IsFirst(once))
                EndAs(how);
            return 2 * x;
        }, Items(100)));
        Assert.Equal(Items(100).Select(x => 2 * x), results);
    }

    [Theory]
    [InlineData("kill")]
    [InlineData("exit0")]
    public async Task An_item_that_always_kills_its_rank_fails_alone(string how)
    {
        Pool pool = await StartedAsync(3);
        var error = await Scene.FailsWithinAsync<ItemFailedException>(3 * Limit, () => pool.MapAsync(x =>
        {
            if (x == 17)
                EndAs(how);
            return x;
        }, Items(50)));
        Assert.Equal(17, error.Index);
        await StillMapsAsync(pool, 2 * Limit);
    }

    [Theory]
    [InlineData(MapStrategy.WorkerPool)]
    [InlineData(MapStrategy.ScatterGather)]
    public async Task Several_killers_fail_and_their_neighbours_are_not_blamed(MapStrategy strategy)
    {
        Pool pool = await StartedAsync(3);
        var all = await Scene.FailsWithinAsync<MapFailedException>(5 * Limit, () => pool.MapAsync(x =>
        {
            Thread.Sleep(10);
            if (x is 3 or 40)
                FaultItems.Die();
            return x + 1;
        }, Items(60), new MapOptions { OnItemFailure = OnItemFailure.Continue, Strategy = strategy }));
        Assert.Equal([3L, 40], all.Failures.Select(f => f.Index));
        Assert.Equal(Items(60).Select(x => x is 3 or 40 ? 0 : x + 1), all.Results<int>());
        await StillMapsAsync(pool, 2 * Limit);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task An_idle_rank_is_killed(int rank)
    {
        Pool pool = NewPool();
        int[] ids = await RankIdsAsync(pool);
        FaultScene.Signal(ids[rank], "KILL");
        int[] results = await Scene.WithinAsync(2 * Limit, () => pool.MapAsync(x => 2 * x, Items(100)));
        Assert.Equal(Items(100).Select(x => 2 * x), results);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task A_computing_rank_is_killed_and_what_came_is_not_computed_again(int rank)
    {
        Pool pool = NewPool();
        int[] ids = await RankIdsAsync(pool);
        string noted = Scene.File("noted"), go = Scene.File("go");
        var delivered = new ConcurrentDictionary<long, int>();
        var before = new List<long>();
        await Scene.WithinAsync(2 * Limit, async () =>
        {
            await foreach ((long index, int result) in pool.MapUnorderedAsync(x =>
            {
                FaultItems.Note(noted, x);
                if (x >= 40)
                    FaultItems.Await(go);
                return 3 * x;
            }, Items(80), new MapOptions { ChunkSize = 1 }))
            {
                Assert.Equal(3 * index, result);
                Assert.True(delivered.TryAdd(index, result), $"item {index} was delivered twice");
                if (delivered.Count == 30)
                {
                    before.AddRange(delivered.Keys);
                    FaultScene.Signal(ids[rank], "KILL");
                    await Task.Delay(100);
                    await File.WriteAllTextAsync(go, "");
                }
            }
        });
        Assert.Equal(80, delivered.Count);
        ILookup<long, string> computed = Scene.Lines("noted").ToLookup(long.Parse);
        Assert.All(before, index => Assert.Single(computed[index]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(60)]
    [InlineData(200)]
    public async Task A_rank_is_killed_during_start(int milliseconds)
    {
        Pool pool = NewPool();
        Task<int[]> map = Task.Run(() => pool.MapAsync(x => 2 * x, Items(20)));
        await Scene.UntilAsync(Limit, () => Scene.Ranks().Count > 0 || map.IsCompleted, "a rank's start");
        await Task.Delay(milliseconds);
        if (Scene.Ranks() is [.., var last])
            FaultScene.Signal(last, "KILL");
        Exception? error = await Scene.WithinAsync(2 * Limit, () => Record.ExceptionAsync(() => map)!);
        if (error is null)
            Assert.Equal(Items(20).Select(x => 2 * x), await map);
        else
            Assert.IsType<JobFailedException>(error);
    }

    [Fact]
    public async Task Ranks_are_killed_and_stopped_while_the_pool_is_disposed()
    {
        foreach (string signal in (string[])["KILL", "STOP"])
        {
            Pool pool = NewPool();
            int[] ids = await RankIdsAsync(pool);
            if (signal == "STOP")
                FaultScene.Signal(ids[1], signal);
            Task disposal = Task.Run(() => pool.DisposeAsync().AsTask());
            FaultScene.Signal(ids[0], signal);
            await Scene.WithinAsync(Limit, () => disposal);
            await Scene.NothingIsLeftAsync(1);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task A_stopped_rank_is_replaced_and_one_that_computes_long_is_left_alone(int rank)
    {
        Pool pool = NewPool(2, TimeSpan.FromSeconds(2));
        int[] ids = await RankIdsAsync(pool);
        int[] same = await Scene.WithinAsync(Limit, () => pool.MapAsync(_ => { FaultItems.Spin(4); return Environment.ProcessId; }, Items(2)));
        Assert.Equal(ids.Order(), same.Order());

        string begun = Scene.File("begun"), once = Scene.File("once");
        Task<int[]> map = Task.Run(() => pool.MapAsync(x =>
        {
            FaultItems.Note(begun, x);
            if (!File.Exists(once))
                FaultItems.Await(once);
            return 2 * x;
        }, Items(10), new MapOptions { ChunkSize = 1 }));
        await Scene.UntilAsync(Limit, () => Scene.Lines("begun").Count >= 2, "both items beginning");
        FaultScene.Signal(ids[rank], "STOP");
        await Scene.UntilAsync(Limit, () => !Scene.Ranks().Contains(ids[rank]), "the end of the stopped rank");
        await File.WriteAllTextAsync(once, "");
        Assert.Equal(Items(10).Select(x => 2 * x), await Scene.WithinAsync(2 * Limit, () => map));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(null)]
    public async Task The_client_is_killed(int? milliseconds)
    {
        string rig = Path.Combine(AppContext.BaseDirectory.Replace("/ClusterTests/", "/Rigs/FaultRig/", StringComparison.Ordinal).Replace("/Tests/bin", "/Rigs/FaultRig/bin", StringComparison.Ordinal), "PathosHpc.FaultRig.dll");
        var start = new ProcessStartInfo("dotnet", [rig, "client", ClientKind, Scene.Work]) { RedirectStandardOutput = true, RedirectStandardError = true, Environment = { ["DOTNET_EnableDiagnostics"] = "0" } };
        using Process client = Process.Start(start)!;
        await Scene.UntilAsync(Limit, () => Scene.Ranks().Count > 0, "the start of ranks");
        if (milliseconds is { } time)
            await Task.Delay(time);
        else
            await Scene.UntilAsync(Limit, () => Directory.GetFiles(Scene.Folder, "busy.*").Length == 2, "work on both ranks");
        client.Kill();
        await Scene.NothingIsLeftAsync(Limit);
    }

    private static void EndAs(string how)
    {
        switch (how)
        {
            case "kill":
                FaultItems.Die();
                break;
            case "exit0":
                Environment.Exit(0);
                break;
            case "exit3":
                Environment.Exit(3);
                break;
            case "overflow":
                FaultItems.Overflow(0);
                break;
            case "thread":
                new Thread(() => throw new InvalidOperationException("on a thread of its own")).Start();
                Thread.Sleep(Timeout.Infinite);
                break;
        }
    }

    /// <summary>Process ids of the ranks of a pool of two.</summary>
    private async Task<int[]> RankIdsAsync(Pool pool)
    {
        string go = Scene.File("met." + Guid.NewGuid().ToString("N"));
        Task<(int Rank, int Id)[]> map = Task.Run(() => pool.MapAsync(x =>
        {
            FaultItems.Note(go, x);
            for (var until = DateTime.UtcNow.AddSeconds(10); Directory.GetFiles(Path.GetDirectoryName(go)!, Path.GetFileName(go) + ".*").Length < 2 && DateTime.UtcNow < until;)
                Thread.Sleep(2);
            return (MapContext.Current!.Rank, Environment.ProcessId);
        }, Items(2), new MapOptions { ChunkSize = 1 }));
        return [.. (await Scene.WithinAsync(Limit, () => map)).OrderBy(r => r.Rank).Select(r => r.Id)];
    }
}
