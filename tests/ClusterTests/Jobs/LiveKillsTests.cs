using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.Versioning;
using PathosHpc.Tests;

namespace PathosHpc.ClusterTests;

/// <summary>Whatever of a job is killed, and when: the map has each result once, the job stays, and it ends.</summary>
/// <remarks>The client's and the controller's deaths are in <see cref="LiveMapsTests"/> and <see cref="LiveFaultsTests"/>.</remarks>
[Collection(LiveFaultsCollection.Name)]
[UnsupportedOSPlatform("windows")]
public sealed class LiveKillsTests(LiveSlurm slurm) : IAsyncLifetime
{
    private const int Items = 300;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private static Timer? littering;
    private readonly ConcurrentQueue<JobProgress> told = new();

    public Task InitializeAsync() => slurm.CleanAsync();

    public Task DisposeAsync() => Task.CompletedTask;

    [Theory]
    [InlineData("rank")]
    [InlineData("root")]
    [InlineData("supervisor")]
    [InlineData("slurmd")] // while it waits: below
    public async Task A_job_outlives_what_is_killed_while_it_waits_starts_maps_and_ends(string victim)
    {
        using var folder = new TemporaryFolder("kills");
        // The first start of the ranks stands still until its victim is dead; a rank is killed as soon as there is one.
        int doomed = victim == "root" ? 0 : 1;
        File.WriteAllText(folder.Path + "/launch.sh", $$"""
            #!/bin/bash
            if [[ "$*" == *job-rank* ]] && mkdir {{folder.Path}}/starting 2>/dev/null; then
              case {{victim}} in
                rank|root) { until for p in $(pgrep -f "job-rank $PATHOS_JOB_FOLDER/world"); do grep -qzx PMI_RANK={{doomed}} /proc/$p/environ && kill -KILL $p && exit; done; do sleep 0.01; done; } 2>/dev/null & ;;
                supervisor) exec sleep 60 ;;
                slurmd) until [ -e {{folder.Path}}/go ]; do sleep 0.05; done ;;
              esac
            fi
            exec mpiexec.hydra "$@"
            """);
        File.SetUnixFileMode(folder.Path + "/launch.sh", (UnixFileMode)0b111_101_101);
        int ranks = victim == "slurmd" ? 4 : 2;
        var dead = new List<string>();
        string id;
        try
        {
            await using (var pool = new MpiPool(slurm.Options(MpiFlavor.Mpich, ranks) with
            {
                JobProgress = new Told<JobProgress>(told.Enqueue), Output = RankOutput.Discard, HeartbeatTimeout = TimeSpan.FromSeconds(8),
                Mpiexec = folder.Path + "/launch.sh",
            }))
            {
                Task<int> first = pool.RunAsync(x => x + 1, 1);
                await LiveSlurm.UntilAsync(() => Task.FromResult(Directory.Exists(folder.Path + "/starting")), () => "the launcher did not start");
                id = told.First().JobId;
                string[] nodes = (await slurm.RunAsync("scontrol", "show", "hostnames", await slurm.RunAsync("squeue", "--noheader", $"--jobs={id}", "--format=%N"))).Split('\n');
                async Task KillAsync(int process)
                {
                    if (victim == "slurmd")
                    {
                        dead.Add(nodes[^(dead.Count + 1)]);
                        await slurm.ScriptAsync("kill-node", dead[^1]);
                    }
                    else
                    {
                        Process.GetProcessById(victim == "supervisor" ? Leader() : process).Kill();
                    }
                }
                if (victim is "supervisor" or "slurmd")
                {
                    await KillAsync(0);
                    File.WriteAllText(folder.Path + "/go", "");
                }
                Assert.Equal(2, await first.WaitAsync(Patience));

                var seen = new List<long>();
                (int Rank, int Process)[] last = [];
                await foreach ((long index, (int Rank, int Process, int Result) item) in pool.MapUnorderedAsync(x => { Thread.Sleep(20); return (MapContext.Current!.Rank, Environment.ProcessId, x * x); },
                    Enumerable.Range(0, Items), new MapOptions { ChunkSize = 1 }).WithCancellation(new CancellationTokenSource(Patience).Token))
                {
                    Assert.Equal(index * index, item.Result);
                    seen.Add(index);
                    if (seen.Count > 50 && item.Rank == doomed && last.Length == 0)
                    {
                        await KillAsync(item.Process);
                        last = [(item.Rank, item.Process)];
                    }
                }
                Assert.Equal(Enumerable.Range(0, Items).Select(x => (long)x), seen.Order());
                Assert.Single(last);

                // What is stopped cannot have ended when it is killed.
                var ending = new ConcurrentDictionary<int, int>();
                foreach ((int rank, int process) in await pool.MapAsync(_ => { Thread.Sleep(20); return (MapContext.Current!.Rank, Environment.ProcessId); }, Enumerable.Range(0, 60), new MapOptions { ChunkSize = 1 }).WaitAsync(Patience))
                    ending[rank] = process;
                Assert.Equal(2, ending.Count);
                int stopped = victim == "supervisor" ? Leader() : ending[doomed];
                LinuxProcess.Signal(stopped, "STOP");
                Task end = pool.DisposeAsync().AsTask();
                if (victim != "root") // which says goodbye itself
                    await LiveSlurm.UntilAsync(() => Task.FromResult(Directory.GetFiles(slurm.WorkFolder, "farewell-*", SearchOption.AllDirectories).Length > 0), () => "the root has not ended its world");
                await KillAsync(stopped);
                await end.WaitAsync(Patience);
            }
            Assert.Equal(id, Assert.Single(told.Select(t => t.JobId).Distinct()));
            await slurm.NothingIsLeftAsync();
            if (victim is "rank" or "supervisor")
                Assert.Equal("COMPLETED", await slurm.RunAsync("squeue", "--noheader", "--states=all", $"--jobs={id}", "--format=%T"));
        }
        finally
        {
            await Task.WhenAll(dead.Select(node => slurm.ScriptAsync("start-node", node)));
        }
    }

    [Fact]
    public async Task A_job_that_waits_outlives_the_death_of_a_node_that_it_needs()
    {
        await using (var pool = new MpiPool(slurm.Options(MpiFlavor.Mpich, ranks: 4) with
        {
            Scheduler = new SlurmScheduler { Pace = PrivateSlurm.Quick, ExtraDirectives = ["--hold"] }, JobProgress = new Told<JobProgress>(told.Enqueue), Output = RankOutput.Discard,
        }))
        {
            Task<int[]> map = pool.MapAsync(x => { Thread.Sleep(10); return MapContext.Current!.Size * x; }, Enumerable.Range(0, 100), new MapOptions { ChunkSize = 1 });
            await LiveSlurm.UntilAsync(() => Task.FromResult(told.Any(t => t.Text.Contains("JobHeldUser", StringComparison.Ordinal))), () => "no reason was told");
            string node = (await slurm.RunAsync("sinfo", "--noheader", "--Node", "--format=%N")).Split('\n')[^1];
            await slurm.ScriptAsync("kill-node", node);
            try
            {
                await LiveSlurm.UntilAsync(async () => (await slurm.RunAsync("sinfo", "--noheader", $"--nodes={node}", "--format=%T")).StartsWith("down", StringComparison.Ordinal), () => $"Slurm does not miss {node}");
                await slurm.RunAsync("scontrol", "release", told.First().JobId);
                await LiveSlurm.UntilAsync(() => Task.FromResult(told.Last() is { State: JobState.Queued } now && !now.Text.Contains("JobHeldUser", StringComparison.Ordinal) && now.Text.Contains('(', StringComparison.Ordinal)), () => $"{told.Last()}");
                Assert.False(map.IsCompleted);
            }
            finally
            {
                await slurm.ScriptAsync("start-node", node);
            }
            Assert.Equal(Enumerable.Range(0, 100).Select(x => 4 * x), await map.WaitAsync(Patience));
        }
        Assert.Single(told.Select(t => t.JobId).Distinct());
        await slurm.NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_job_ends_with_a_supervisor_that_is_killed_again_and_again()
    {
        await using (var pool = new MpiPool(slurm.Options(MpiFlavor.Mpich) with { JobProgress = new Told<JobProgress>(told.Enqueue), Output = RankOutput.Discard, Restarts = 1 }))
        {
            Assert.Equal(1, await pool.RunAsync(x => x + 1, 0).WaitAsync(Patience));
            Task<int[]> map = pool.MapAsync(x => { Thread.Sleep(100); return x; }, Enumerable.Range(0, 10_000), new MapOptions { ChunkSize = 1 });
            int leader = Leader();
            Process.GetProcessById(leader).Kill();
            await LiveSlurm.UntilAsync(() => Task.FromResult(TryLeader() is { } next && next != leader), () => "the supervisor was not started again");
            Process.GetProcessById(Leader()).Kill();
            var error = await Assert.ThrowsAsync<JobFailedException>(() => map).WaitAsync(Patience);
            Assert.True(error.Reason == JobFailureReason.Signal && error.Message.Contains("was ended by signal 9", StringComparison.Ordinal), $"{error.Reason}: {error.Message}");
        }
        await slurm.NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_job_that_makes_room_for_another_goes_on_when_it_starts_again_and_one_that_may_not_fails_with_the_reason()
    {
        using var folder = new TemporaryFolder("room");
        string released = folder.Path + "/released";
        Func<int, int> function = x =>
        {
            while (x >= 20 && !File.Exists(released))
                Thread.Sleep(50);
            Console.WriteLine(x);
            return 2 * x;
        };
        int[] items = [.. Enumerable.Range(0, 100)], doubled = [.. items.Select(x => 2 * x)];
        MpiPoolOptions fixedOne = slurm.Options(MpiFlavor.Mpich) with { Output = RankOutput.Discard }, movable = fixedOne with { Scheduler = new SlurmScheduler { Pace = PrivateSlurm.Quick, OmittedDirectives = ["--no-requeue"], ExtraDirectives = ["--requeue"] } };
        var done = new ConcurrentQueue<MapProgress>();
        var computed = new ConcurrentQueue<RankOutputLine>();
        await using MapJob<int> submitted = await MpiPool.SubmitAsync(movable, function, items, new MapOptions { ChunkSize = 1 });
        await using (MpiPool pool = new(movable with { JobProgress = new Told<JobProgress>(told.Enqueue), Output = RankOutput.To(computed.Enqueue) }), other = new(fixedOne))
        {
            Task<int[]> map = pool.MapAsync(function, items, new MapOptions { ChunkSize = 1, Progress = new Told<MapProgress>(done.Enqueue) });
            Task<int[]> lost = other.MapAsync(function, items, new MapOptions { ChunkSize = 1, Journal = folder.Path + "/journal" });
            await using var results = submitted.ResultsAsync().GetAsyncEnumerator();
            for (int i = 0; i < 20; i++)
                Assert.True(await results.MoveNextAsync().AsTask().WaitAsync(Patience));
            await LiveSlurm.UntilAsync(() => Task.FromResult(done.Any(p => p.Completed >= 20)), () => $"{done.LastOrDefault()}");
            await LiveSlurm.UntilAsync(() => Task.FromResult(Directory.Exists(folder.Path + "/journal")), () => "the second map has not begun");

            string urgent = await slurm.RunAsync("sbatch", "--parsable", "--partition=urgent", "--nodes=4", "--exclusive", "--output=/dev/null", "--wrap=sleep 600");
            string id = told.First().JobId, their = submitted.Jobs[0].Id;
            await LiveSlurm.UntilAsync(async () => (await slurm.RunAsync("squeue", "--noheader", $"--jobs={urgent}", "--format=%T")) == "RUNNING", () => "the urgent job does not start");
            var error = await Assert.ThrowsAsync<JobFailedException>(() => lost).WaitAsync(Patience);
            Assert.True(error.Reason == JobFailureReason.Canceled && error.Message.Contains("PREEMPTED", StringComparison.Ordinal), $"{error.Reason}: {error.Message}");
            await LiveSlurm.UntilAsync(() => Task.FromResult(told.Last().State == JobState.Queued), () => $"{told.Last()}");
            Assert.False(map.IsCompleted);
            File.WriteAllText(released, "");
            await slurm.RunAsync("scancel", urgent);
            // Slurm lets jobs that are queued again wait for two minutes.
            foreach (string job in (string[])[id, their])
                await slurm.RunAsync("scontrol", "update", $"JobId={job}", "StartTime=now+2");
            Assert.Equal(doubled, await map.WaitAsync(Patience));
            Assert.InRange(computed.Count, 100, 110); // what was done is not done again
            Assert.Equal(doubled, await submitted.WaitAsync().WaitAsync(Patience));
            Assert.Equal((their, 2, JobState.Completed), (submitted.Jobs[0].Id, (await submitted.Jobs[0].WaitAsync().WaitAsync(Patience)).Attempt, submitted.Jobs[0].State));

            // Queued again by somebody, in the middle of a map, and killed so fast that nobody could say so.
            Task<int[]> next = pool.MapAsync(x => { Thread.Sleep(50); return x + 1; }, Enumerable.Range(0, 200), new MapOptions { ChunkSize = 1 });
            LinuxProcess.Signal(Leader(), "KILL");
            await slurm.RunAsync("scontrol", "requeue", id);
            await LiveSlurm.UntilAsync(() => Task.FromResult(told.Last().State == JobState.Queued), () => $"{told.Last()}");
            await slurm.RunAsync("scontrol", "update", $"JobId={id}", "StartTime=now+2");
            Assert.Equal(Enumerable.Range(1, 200), await next.WaitAsync(Patience));
            Assert.Single(told.Select(t => t.JobId).Distinct());
        }
        Directory.Delete(submitted.Jobs[0].Folder, recursive: true);
        await slurm.NothingIsLeftAsync();
    }

    [StallingDiskFact]
    public async Task A_job_folder_whose_file_system_stalls_for_a_minute_ends_nothing_however_short_the_heartbeat()
    {
        using var folder = new TemporaryFolder("stall");
        using var disk = new StallingDisk(folder.Path);
        MpiPoolOptions options = slurm.Options(MpiFlavor.Mpich) with { WorkFolder = disk.Folder + "/work", Output = RankOutput.Discard }, hasty = options with { HeartbeatTimeout = TimeSpan.FromSeconds(10) };
        Func<int, int> function = _ => { Litter(); Thread.Sleep(50); return Environment.ProcessId; };
        var one = new MapOptions { ChunkSize = 1 };
        int[] items = [.. Enumerable.Range(0, 400)];
        await using MapJob<int> submitted = await MpiPool.SubmitAsync(hasty, function, items, one);
        await using (MpiPool byFiles = new(options with { Way = LinkWay.JobFolder, JobProgress = new Told<JobProgress>(told.Enqueue) }), byConnection = new(hasty with { Way = LinkWay.Connection, RootComputes = false, Resources = hasty.Resources! with { Nodes = 3 }, JobProgress = new Told<JobProgress>(told.Enqueue) }))
        {
            Assert.All(await Task.WhenAll(byFiles.RunAsync(x => x + 1, 1), byConnection.RunAsync(x => x + 1, 1)).WaitAsync(Patience), two => Assert.Equal(2, two));
            await foreach (var _ in submitted.ResultsAsync())
                break;
            Task<int[]> filed = byFiles.MapAsync(function, items, one), connected = byConnection.MapAsync(function, items, one);
            using Process stall = disk.Stall(TimeSpan.FromSeconds(60));
            // Nothing of a map over a connection waits for the job folder.
            Assert.Equal(2, (await connected.WaitAsync(Patience)).Distinct().Count());
            Assert.False(stall.HasExited);
            await stall.WaitForExitAsync().WaitAsync(Patience);
            Assert.True(stall.ExitCode == 0, await stall.StandardError.ReadToEndAsync());
            Assert.False(filed.IsCompleted);
            Assert.Equal(2, (await filed.WaitAsync(Patience)).Distinct().Count()); // nobody was started again
            Assert.Equal(2, (await submitted.WaitAsync().WaitAsync(Patience)).Distinct().Count());
            Assert.All(await Task.WhenAll(byFiles.RunAsync(x => x + 1, 1), byConnection.RunAsync(x => x + 1, 1)).WaitAsync(Patience), two => Assert.Equal(2, two));
        }
        await submitted.Jobs[0].WaitAsync().WaitAsync(Patience);
        Directory.Delete(submitted.Folder, recursive: true);
        Assert.Equal(2, told.Select(t => t.JobId).Distinct().Count());
        Assert.Empty(Directory.GetDirectories(disk.Folder + "/work"));
        await slurm.NothingIsLeftAsync();
    }

    /// <summary>Has the runtime of a rank stop all threads again and again, as one that allocates beside the items would. Not the root's: it is to hear the silence.</summary>
    private static void Litter()
    {
        if (MapContext.Current!.Rank > 0)
            littering ??= new Timer(_ => GC.Collect(0), null, 0, 200);
    }

    private int Leader() => TryLeader() ?? throw new InvalidOperationException("no job has a leader");

    private int? TryLeader() => Directory.GetDirectories(slurm.WorkFolder).Select(PrivateSlurm.TryLeaderOf).OfType<int>().Select(id => (int?)id).FirstOrDefault();
}
