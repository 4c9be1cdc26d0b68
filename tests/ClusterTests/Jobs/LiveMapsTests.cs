using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using PathosHpc.Tests;

namespace PathosHpc.ClusterTests;

/// <summary>Maps in a job of Slurm while things break, wait and sleep.</summary>
[Collection(LiveMapsCollection.Name)]
[UnsupportedOSPlatform("windows")]
public sealed class LiveMapsTests(LiveSlurm slurm) : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private static readonly string Rig = AppContext.BaseDirectory.Replace("/ClusterTests/", "/Rigs/FaultRig/", StringComparison.Ordinal) + "PathosHpc.FaultRig.dll";
    private readonly ConcurrentQueue<JobProgress> told = new();

    private MpiPoolOptions Options(MpiFlavor flavor = MpiFlavor.Mpich) => slurm.Options(flavor) with { JobProgress = new Told<JobProgress>(told.Enqueue), Output = RankOutput.Discard };

    public Task InitializeAsync() => slurm.CleanAsync();

    public Task DisposeAsync() => Task.CompletedTask;

    [Theory]
    [InlineData(MpiFlavor.Mpich)]
    [InlineData(MpiFlavor.OpenMpi)]
    public async Task Ranks_that_are_killed_start_again_in_the_same_job(MpiFlavor flavor)
    {
        string marks = Directory.CreateTempSubdirectory("live-").FullName;
        await using (var pool = new MpiPool(Options(flavor)))
        {
            int[] items = [.. Enumerable.Range(0, 60)];
            int[] squares = await pool.MapAsync(x => { KillOnce(marks, x); Thread.Sleep(10); return x * x; }, items, new MapOptions { ChunkSize = 1 }).WaitAsync(Patience);
            Assert.Equal(items.Select(x => x * x), squares);
            Assert.Equal(["rank-0", "rank-1"], Directory.GetFiles(marks).Select(Path.GetFileName).Order());
            var error = await Assert.ThrowsAsync<ItemFailedException>(() => pool.MapAsync(x => { KillOn(x, 13); return x; }, items, new MapOptions { ChunkSize = 1 })).WaitAsync(Patience);
            Assert.Equal(13, error.Index);
            Assert.Equal(items, await pool.MapAsync(x => x, items).WaitAsync(Patience));
        }
        Assert.Single(told.Select(t => t.JobId).Distinct());
        await slurm.NothingIsLeftAsync();
        Directory.Delete(marks, recursive: true);
    }

    [Fact]
    public async Task A_job_waits_with_its_reason_and_the_time_of_its_start_and_meets_its_client_where_it_may()
    {
        string before = await slurm.RunAsync("sbatch", "--parsable", "--nodes=4", "--exclusive", "--time=3", "--output=/dev/null", "--wrap=sleep 600");
        (int First, int Last) ports = FreePorts();
        await using (var pool = new MpiPool(Options() with { Way = LinkWay.Connection, Interface = "lo", PortRange = ports }))
        {
            Task<int> first = pool.RunAsync(x => x + 1, 1);
            await LiveSlurm.UntilAsync(() => Task.FromResult(told.Any(t => t.ExpectedStart is not null)), () => $"no start was told: {string.Join("; ", told)}");
            JobProgress waits = told.First(t => t.ExpectedStart is not null);
            Assert.Equal(JobState.Queued, waits.State);
            Assert.Matches(@"PENDING \((Resources|Priority)\)", waits.Text);
            Assert.InRange(waits.ExpectedStart!.Value, DateTimeOffset.Now, DateTimeOffset.Now.AddMinutes(5));
            await slurm.RunAsync("scancel", before);
            Assert.Equal(2, await first.WaitAsync(Patience));
            string world = Directory.GetDirectories(slurm.WorkFolder).Single() + "/" + WorldFolder.Name;
            LinkAddresses[] both = [LinkAddresses.FromJson(File.ReadAllBytes($"{world}/{WorldFolder.Client}"))!, LinkAddresses.FromJson(File.ReadAllBytes($"{world}/{WorldFolder.Endpoint(1)}"))!];
            Assert.All(both, its => Assert.InRange(its.Port, ports.First, ports.Last));
            Assert.All(both.SelectMany(its => its.Addresses), address => Assert.True(IPAddress.IsLoopback(IPAddress.Parse(address)), address));
            var error = await Assert.ThrowsAnyAsync<Exception>(async () =>
            {
                await using var other = new MpiPool(Options() with { Interface = "no-such0" });
                await other.RunAsync(x => x, 1).WaitAsync(Patience);
            });
            Assert.Contains("has no network interface 'no-such0' (Interface); it has ", error.Message, StringComparison.Ordinal);
        }
        await slurm.NothingIsLeftAsync();
    }

    [Fact]
    public async Task The_job_folder_carries_a_map_where_no_connection_may_be_made()
    {
        await using (var pool = new MpiPool(Options() with { Way = LinkWay.JobFolder }))
        {
            byte[][] items = [.. Enumerable.Range(0, 40).Select(i => new byte[i * 10_000])];
            Assert.Equal(items.Select(x => x.Length), await pool.MapAsync(x => x.Length, items).WaitAsync(Patience));
            Assert.Equal(5, await pool.RunAsync(x => x + 1, 4).WaitAsync(Patience));
        }
        await slurm.NothingIsLeftAsync();
    }

    [Fact]
    public async Task The_job_folder_takes_over_where_no_stream_lasts()
    {
        var host = new CuttingHost(slurm.Host, cuts: int.MaxValue, longest: 1);
        await using (var pool = new MpiPool(Options() with { Host = host }))
            Assert.Equal(Enumerable.Range(1, 100), await pool.MapAsync(x => x + 1, Enumerable.Range(0, 100)).WaitAsync(Patience));
        Assert.True(host.Opened > 0);
        await slurm.NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_job_folder_that_its_node_does_not_see_is_an_error_that_names_both()
    {
        await using var pool = new MpiPool(Options() with { Scheduler = new SlurmScheduler { Pace = PrivateSlurm.Quick, ExtraDirectives = ["--hold"] } });
        Task<int> map = pool.RunAsync(x => x, 1);
        await LiveSlurm.UntilAsync(() => Task.FromResult(!told.IsEmpty), () => "no job was submitted");
        string folder = Directory.GetDirectories(slurm.WorkFolder).Single();
        Directory.Move(folder, folder + "-elsewhere");
        await slurm.RunAsync("scontrol", "release", told.First().JobId);
        var error = await Assert.ThrowsAsync<JobFailedException>(() => map).WaitAsync(Patience);
        Assert.Equal(JobFailureReason.LaunchFailure, error.Reason);
        Assert.Matches($@"could not be started: node n\S+ left nothing in the job folder, which {slurm.Host.Name} made", error.Message);
        Directory.Delete(folder + "-elsewhere", recursive: true);
    }

    [Fact]
    public async Task A_job_waits_in_the_queue_with_its_reason_and_ends_by_itself_when_it_has_nothing_to_do()
    {
        await using (var pool = new MpiPool(Options() with { Scheduler = new SlurmScheduler { Pace = PrivateSlurm.Quick, ExtraDirectives = ["--hold"] }, IdleTimeout = TimeSpan.FromSeconds(2) }))
        {
            Task<int> first = pool.RunAsync(x => x + 1, 1);
            await LiveSlurm.UntilAsync(() => Task.FromResult(told.Any(t => t.Text.Contains("JobHeldUser", StringComparison.Ordinal))), () => "no reason was told");
            await slurm.RunAsync("scontrol", "release", told.First().JobId);
            Assert.Equal(2, await first.WaitAsync(Patience));
            await LiveSlurm.UntilAsync(async () => (await slurm.JobsAsync()).Length == 0, () => "the idle job goes on");
            Task<int> second = pool.RunAsync(x => x + 1, 2);
            await LiveSlurm.UntilAsync(() => Task.FromResult(told.Select(t => t.JobId).Distinct().Count() == 2), () => "no second job was submitted");
            Assert.False(second.IsCompleted);
        }
        // The second still waited when its pool ended.
        await slurm.NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_suspended_job_is_not_dead_and_neither_is_a_scheduler_that_crashed()
    {
        await using var pool = new MpiPool(Options() with { HeartbeatTimeout = TimeSpan.FromSeconds(3) });
        int[] ranks = [.. (await pool.MapAsync(_ => { Thread.Sleep(50); return Environment.ProcessId; }, Enumerable.Range(0, 20), new MapOptions { ChunkSize = 1 }).WaitAsync(Patience)).Distinct()];
        int[] items = [.. Enumerable.Range(0, 100)];
        Task<int[]> map = pool.MapAsync(x => { Thread.Sleep(200); return x + Environment.ProcessId; }, items, new MapOptions { ChunkSize = 1 });
        await slurm.RunAsync("scontrol", "suspend", told.First().JobId);
        await LiveSlurm.UntilAsync(() => Task.FromResult(ranks.All(LinuxProcess.IsStopped)), () => "the job was not suspended");
        await Task.Delay(TimeSpan.FromSeconds(8));
        Assert.False(map.IsCompleted);
        // slurmctld answers before the nodes have heard of it.
        await slurm.RunAsync("scontrol", "resume", told.First().JobId);
        await LiveSlurm.UntilAsync(() => Task.FromResult(!ranks.Any(LinuxProcess.IsStopped)), () => "the job was not resumed");
        await slurm.ScriptAsync("kill-controller");
        try
        {
            int[] processes = [.. (await map.WaitAsync(Patience)).Zip(items, (sum, x) => sum - x).Distinct()];
            Assert.Equal(2, processes.Length); // nobody was started again
            Assert.Equal(ranks.Order(), processes.Order());
            Assert.Equal(1, await pool.RunAsync(x => x + 1, 0).WaitAsync(Patience));
        }
        finally
        {
            await slurm.ScriptAsync("start-controller");
        }
    }

    [Fact]
    public async Task A_connection_that_is_lost_again_and_again_as_a_pool_ends_leaves_neither_its_job_nor_its_folder()
    {
        var host = new LosingHost(slurm.Host);
        await using (var pool = new MpiPool(Options() with { Host = host, Scheduler = new SlurmScheduler { Pace = PrivateSlurm.Quick, ExtraDirectives = ["--hold"] } }))
        {
            _ = pool.RunAsync(x => x, 1);
            await LiveSlurm.UntilAsync(() => Task.FromResult(!told.IsEmpty), () => "no job was submitted");
        }
        Assert.Equal(["scancel", "scancel", "rm", "rm"], host.Lost);
        await slurm.NothingIsLeftAsync();
    }

    [Fact]
    public async Task Nothing_is_offered_to_a_root_that_has_said_goodbye()
    {
        var host = new MakingHost(slurm.Host);
        for (int i = 0; i < 5; i++)
        {
            await using var pool = new MpiPool(Options() with { Host = host, Way = LinkWay.JobFolder });
            Assert.Equal(1, await pool.RunAsync(x => x + 1, 0).WaitAsync(Patience));
        }
        Assert.NotEmpty(host.Made);
        Assert.All(host.Made, folder => Assert.EndsWith("-1", folder, StringComparison.Ordinal));
        await slurm.NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_job_that_is_canceled_ends_its_maps_with_the_reason()
    {
        await using (var pool = new MpiPool(Options()))
        {
            Assert.Equal(1, await pool.RunAsync(x => x + 1, 0).WaitAsync(Patience));
            Task<int[]> map = pool.MapAsync(x => { Thread.Sleep(100); return x; }, Enumerable.Range(0, 10_000), new MapOptions { ChunkSize = 1 });
            await slurm.RunAsync("scancel", told.First().JobId);
            var error = await Assert.ThrowsAsync<JobFailedException>(() => map).WaitAsync(Patience);
            Assert.True(error.Reason == JobFailureReason.Canceled, $"{error.Reason}: {error.Message}");
        }
        await slurm.NothingIsLeftAsync();
    }

    [Fact]
    public async Task Ranks_that_are_no_world_are_told_with_the_remedy()
    {
        string folder = Directory.CreateTempSubdirectory("live-").FullName;
        // Processes that are each a world of their own: what a launcher of another MPI gives.
        File.WriteAllText($"{folder}/launch.sh", "shift; for i in 1 2; do \"$@\" & done; wait");
        await using var pool = new MpiPool(Options() with { Mpiexec = null, Launcher = new CommandLauncher($"/bin/sh {folder}/launch.sh {{ranks}}") });
        var error = await Assert.ThrowsAsync<JobFailedException>(() => pool.RunAsync(x => x, 1)).WaitAsync(Patience);
        Assert.Equal(JobFailureReason.LaunchFailure, error.Reason);
        Assert.Contains("belongs to another MPI", error.Message, StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData("queued")]
    [InlineData("starting")]
    [InlineData("mapping")]
    [InlineData("finishing")]
    public async Task A_job_outlives_its_killed_client_for_its_grace_alone(string when)
    {
        string directive = when == "queued" ? "--hold" : "", sign = when switch { "queued" => "Queued", "starting" => "Running", "mapping" => "mapping", _ => "sum " };
        // On two cores with all other tests, the first connection of a job has taken more than 5 s.
        using Process client = StartClient("15", directive);
        string line = "";
        while (!line.EndsWith(sign, StringComparison.Ordinal) && !(when == "finishing" && line.StartsWith(sign, StringComparison.Ordinal)))
            line = await client.StandardOutput.ReadLineAsync().WaitAsync(Patience) ?? throw new InvalidOperationException($"the client ended: {await client.StandardError.ReadToEndAsync()}");
        client.Kill();
        await client.WaitForExitAsync().WaitAsync(Patience);
        if (directive.Length > 0)
            await slurm.RunAsync("scontrol", "release", (await slurm.RunAsync("squeue", "--noheader", "--format=%i")).Trim());
        string folder = Directory.GetDirectories(slurm.WorkFolder).Single();
        await LiveSlurm.UntilAsync(async () => (await slurm.JobsAsync()).Length == 0, () => "the job goes on without its client");
        await using (BatchJob job = await BatchJob.AttachAsync(new SlurmScheduler { Pace = PrivateSlurm.Quick }, folder, slurm.Host))
        {
            JobResult result = await job.WaitAsync().WaitAsync(Patience);
            // At the end of all its maps it may have been told goodbye.
            Assert.True(result.Reason == JobFailureReason.ClientLost || (when == "finishing" && result.State == JobState.Completed), result.Message);
        }
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_that_was_stopped_for_longer_than_the_heartbeat_goes_on(bool untilItsConnectionIsCut)
    {
        using Process client = StartClient("60", "");
        while (await client.StandardOutput.ReadLineAsync().WaitAsync(Patience) is { } line && line != "mapping")
            Assert.False(client.HasExited);
        Assert.True(LinuxProcess.IsConnected(client.Id));
        LinuxProcess.Signal(client.Id, "STOP");
        await Task.Delay(TimeSpan.FromSeconds(8));
        Assert.True(LinuxProcess.IsConnected(client.Id));
        if (untilItsConnectionIsCut) // by the root, which hears nothing
            await LiveSlurm.UntilAsync(() => Task.FromResult(!LinuxProcess.IsConnected(client.Id)), () => "the root keeps a connection that says nothing");
        LinuxProcess.Signal(client.Id, "CONT");
        string rest = await client.StandardOutput.ReadToEndAsync().WaitAsync(Patience);
        Assert.Contains($"sum {Enumerable.Range(0, 300).Sum(x => (long)x * x)} of 300 by 2", rest, StringComparison.Ordinal);
        await client.WaitForExitAsync().WaitAsync(Patience);
        await slurm.NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_node_that_dies_is_left_out_of_the_job()
    {
        await using var pool = new MpiPool(slurm.Options(MpiFlavor.OpenMpi, ranks: 3) with { JobProgress = new Told<JobProgress>(told.Enqueue), Output = RankOutput.Discard, HeartbeatTimeout = TimeSpan.FromSeconds(16) });
        Assert.Equal(1, await pool.RunAsync(x => x + 1, 0).WaitAsync(Patience));
        (string first, string[] nodes) = await NodesAsync();
        var done = new TaskCompletionSource();
        var options = new MapOptions
        {
            ChunkSize = 1,
            Progress = new Told<MapProgress>(now =>
            {
                if (now.Completed > 0)
                    done.TrySetResult();
            }),
        };
        Task<int[]> map = pool.MapAsync(WaitForFewerRanks, Enumerable.Range(0, 100), options);
        await done.Task.WaitAsync(Patience);
        string last = nodes.Last(node => node != first);
        await slurm.ScriptAsync("kill-node", last);
        try
        {
            int[] sizes = await map.WaitAsync(Patience);
            Assert.Equal((2, 3, 2), (sizes.Min(), sizes.Max(), pool.Size));
            Assert.Single(told.Select(t => t.JobId).Distinct());
        }
        finally
        {
            await slurm.ScriptAsync("start-node", last);
        }
    }

    [Fact]
    public async Task A_job_ends_with_its_first_node()
    {
        await using var pool = new MpiPool(Options() with { HeartbeatTimeout = TimeSpan.FromSeconds(8) });
        Assert.Equal(1, await pool.RunAsync(x => x + 1, 0).WaitAsync(Patience));
        string first = (await NodesAsync()).First;
        Task<int[]> map = pool.MapAsync(x => { Thread.Sleep(100); return x; }, Enumerable.Range(0, 10_000), new MapOptions { ChunkSize = 1 });
        await slurm.ScriptAsync("kill-node", first);
        try
        {
            var error = await Assert.ThrowsAsync<JobFailedException>(() => map).WaitAsync(Patience);
            Assert.True(error.Reason is JobFailureReason.NodeFailure or JobFailureReason.HeartbeatLost, $"{error.Reason}: {error.Message}");
            await LiveSlurm.UntilAsync(async () => (await slurm.JobsAsync()).Length == 0, () => "the job is held by the nodes that are left");
        }
        finally
        {
            await slurm.ScriptAsync("start-node", first);
        }
    }

    private async Task<(string First, string[] Nodes)> NodesAsync()
    {
        string id = told.First().JobId, first = await slurm.RunAsync("squeue", "--noheader", $"--jobs={id}", "--format=%B");
        return (first, (await slurm.RunAsync("scontrol", "show", "hostnames", await slurm.RunAsync("squeue", "--noheader", $"--jobs={id}", "--format=%N"))).Split('\n'));
    }

    /// <summary>Twenty ports, the first of which at least was free.</summary>
    private static (int First, int Last) FreePorts()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int first = Math.Min(((IPEndPoint)listener.LocalEndpoint).Port, ushort.MaxValue - 19);
        return (first, first + 19);
    }

    private Process StartClient(string grace, string directive) => Process.Start(new ProcessStartInfo("dotnet", [Rig, "job-client", slurm.Host.Variables["SLURM_CONF"], slurm.WorkFolder, grace, directive])
    {
        RedirectStandardOutput = true, RedirectStandardError = true,
    })!;

    /// <summary>Kills each of the ranks once, in the middle of an item.</summary>
    private static void KillOnce(string marks, int item)
    {
        string mark = Path.Combine(marks, $"rank-{MapContext.Current!.Rank}");
        if (item < 10 || File.Exists(mark))
            return;
        File.WriteAllText(mark, "");
        KillOn(item, item);
    }

    /// <summary>The ranks that there are; most items stay as long as all three are there.</summary>
    private static int WaitForFewerRanks(int item)
    {
        int size = MapContext.Current!.Size;
        if (item >= 20 && size == 3)
            Thread.Sleep(Timeout.Infinite);
        return size;
    }

    private static void KillOn(int item, int bad)
    {
        if (item != bad)
            return;
        Process.GetCurrentProcess().Kill();
        Thread.Sleep(Timeout.Infinite);
    }

    /// <summary>A host that notes which folders are made for frames.</summary>
    private sealed class MakingHost(ClusterHost host) : CuttingHost(host, cuts: 0)
    {
        public ConcurrentQueue<string> Made { get; } = [];

        internal override Task CreateFolderWithinAsync(string folder, UnixFileMode mode, CancellationToken cancellationToken = default)
        {
            Made.Enqueue(folder);
            return base.CreateFolderWithinAsync(folder, mode, cancellationToken);
        }
    }

    /// <summary>A host whose connection is lost at the first two orders to cancel a job, and to remove a folder.</summary>
    private sealed class LosingHost(ClusterHost host) : CuttingHost(host, cuts: 0)
    {
        public List<string> Lost { get; } = [];

        public override Task<CommandResult> RunAsync(HostCommand command, CancellationToken cancellationToken = default)
        {
            if (command.Arguments[0] == "scancel")
                LoseTwice("scancel");
            return base.RunAsync(command, cancellationToken);
        }

        public override Task DeleteAsync(string path, CancellationToken cancellationToken = default)
        {
            LoseTwice("rm");
            return base.DeleteAsync(path, cancellationToken);
        }

        private void LoseTwice(string which)
        {
            if (Lost.Count(lost => lost == which) == 2)
                return;
            Lost.Add(which);
            throw new HostFailedException(HostFailureReason.Lost, Name, "The connection was lost.");
        }
    }
}
