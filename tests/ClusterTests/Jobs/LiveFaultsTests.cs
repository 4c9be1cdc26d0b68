using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using System.Text.RegularExpressions;
using PathosHpc.Tests;

namespace PathosHpc.ClusterTests;

/// <summary>What becomes of maps in jobs of Slurm when their time, their disk or their scheduler ends, and what their start asks of the shared file system.</summary>
[Collection(LiveFaultsCollection.Name)]
[UnsupportedOSPlatform("windows")]
public sealed class LiveFaultsTests(LiveSlurm slurm) : IAsyncLifetime
{
    /// <summary>Of a rank, on the file system that all share.</summary>
    private const int MostCalls = 20;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(150);
    private readonly ConcurrentQueue<JobProgress> told = new();

    private MpiPoolOptions Options() => slurm.Options(MpiFlavor.Mpich) with { JobProgress = new Told<JobProgress>(told.Enqueue), Output = RankOutput.Discard };

    public Task InitializeAsync() => slurm.CleanAsync();

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task The_end_of_its_walltime_ends_a_live_map_with_its_results_kept_and_the_next_job_goes_on_with_a_submitted_one()
    {
        using var folder = new TemporaryFolder("walltime");
        string released = folder.Path + "/released";
        Func<int, int> function = x =>
        {
            while (x >= 20 && !File.Exists(released))
                Thread.Sleep(50);
            Console.WriteLine(x);
            return 2 * x;
        };
        int[] items = [.. Enumerable.Range(0, 100)], doubled = [.. items.Select(x => 2 * x)];
        var done = new ConcurrentQueue<MapProgress>();
        var kept = new MapOptions { Journal = folder.Path + "/journal", ChunkSize = 1, Progress = new Told<MapProgress>(done.Enqueue) };
        await using MapJob<int> submitted = await MpiPool.SubmitAsync(Options() with { JobProgress = null, Resubmit = 1 }, function, items, new MapOptions { ChunkSize = 1 });
        await using (var pool = new MpiPool(Options()))
        {
            Task<int[]> map = pool.MapAsync(function, items, kept);
            await using (var results = submitted.ResultsAsync().GetAsyncEnumerator())
            {
                for (int i = 0; i < 20; i++)
                    Assert.True(await results.MoveNextAsync().AsTask().WaitAsync(Patience));
            }
            await LiveSlurm.UntilAsync(() => Task.FromResult(done.Any(p => p.Completed >= 20)), () => $"{done.LastOrDefault()}");
            // Slurm counts in minutes, unless it is told when a job ends; neither job knows of it. It looks every 30 s, and were the end still ahead then, it would warn the job first,
            // which drains upon that. It takes no end that has passed.
            foreach (string job in (string[])[told.First().JobId, submitted.Jobs[0].Id])
            {
                await LiveSlurm.UntilAsync(async () =>
                {
                    string now = DateTime.Now.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture);
                    return (await slurm.Host.RunAsync(new HostCommand("scontrol", "update", $"JobId={job}", $"EndTime={now}"))).Succeeded;
                }, () => $"job {job} takes no end");
            }
            var error = await Assert.ThrowsAsync<JobFailedException>(() => map).WaitAsync(Patience);
            Assert.True(error.Reason == JobFailureReason.Walltime, $"{error.Reason}: {error.Message}");
            JobResult first = await submitted.Jobs[0].WaitAsync().WaitAsync(Patience);
            Assert.True(first.Reason == JobFailureReason.Walltime, first.Message);
            File.WriteAllText(released, "");
        }
        var computed = new ConcurrentQueue<RankOutputLine>();
        await using (var again = new MpiPool(Options() with { Output = RankOutput.To(computed.Enqueue) }))
            Assert.Equal(doubled, await again.MapAsync(function, items, kept).WaitAsync(Patience));
        Assert.InRange(computed.Count, 1, 80);
        Assert.Equal(doubled, await submitted.WaitAsync().WaitAsync(Patience));
        Assert.Equal(JobState.Completed, (await submitted.Jobs[1].WaitAsync().WaitAsync(Patience)).State);
        foreach (BatchJob job in submitted.Jobs)
            Directory.Delete(job.Folder, recursive: true);
        await slurm.NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_scheduler_that_crashes_while_a_job_waits_starts_maps_and_ends_costs_nothing()
    {
        using var folder = new TemporaryFolder("crashes");
        File.WriteAllText(folder.Path + "/launch.sh", $"touch {folder.Path}/starting; sleep 6; exec mpiexec.hydra -launcher slurm -n $1 -ppn 1 \"${{@:2}}\"");
        await using MapJob<int> submitted = await MpiPool.SubmitAsync(Options() with { JobProgress = null }, x => { Thread.Sleep(100); return x + 1; }, Enumerable.Range(0, 400), new MapOptions { ChunkSize = 1 });
        await using (var pool = new MpiPool(Options() with
        {
            Scheduler = new SlurmScheduler { Pace = PrivateSlurm.Quick, ExtraDirectives = ["--hold"] }, Mpiexec = null, Launcher = new CommandLauncher($"/bin/bash {folder.Path}/launch.sh {{ranks}}"),
        }))
        {
            Task<int> first = pool.RunAsync(x => x + 1, 1);
            await LiveSlurm.UntilAsync(() => Task.FromResult(told.Any(t => t.Text.Contains("JobHeldUser", StringComparison.Ordinal))), () => "no reason was told");
            await foreach (var _ in submitted.ResultsAsync())
                break;
            string id = told.First().JobId;
            await CrashAsync(id);
            await slurm.ScriptAsync("start-controller");
            await slurm.RunAsync("scontrol", "release", id);
            await LiveSlurm.UntilAsync(() => Task.FromResult(File.Exists(folder.Path + "/starting")), () => "the job did not start");
            await CrashAsync(id);
            Assert.False(first.IsCompleted);
            await slurm.ScriptAsync("start-controller");
            Assert.Equal(2, await first.WaitAsync(Patience));
            Task<int[]> map = pool.MapAsync(x => { Thread.Sleep(50); return x + 1; }, Enumerable.Range(0, 100), new MapOptions { ChunkSize = 1 });
            await CrashAsync(id);
            Assert.Equal(Enumerable.Range(1, 100), await map.WaitAsync(Patience));
            Assert.Equal(2, await pool.RunAsync(x => x + 1, 1).WaitAsync(Patience));
        }
        await slurm.ScriptAsync("start-controller");
        Assert.Equal(Enumerable.Range(1, 400), await submitted.WaitAsync().WaitAsync(Patience));
        Assert.Equal(JobState.Completed, (await submitted.Jobs[0].WaitAsync().WaitAsync(Patience)).State);
        Directory.Delete(submitted.Folder, recursive: true);
        Assert.Single(told.Select(t => t.JobId).Distinct());
        await slurm.NothingIsLeftAsync();
    }

    [FullDiskFact]
    public async Task A_full_disk_ends_no_map_that_needs_none_and_what_a_submitted_one_has_kept_stays()
    {
        using var folder = new TemporaryFolder("full disk");
        using var disk = new SmallDisk(folder.Path + "/disk");
        MpiPoolOptions options = Options() with { WorkFolder = disk.Folder + "/work" };
        int[] items = [.. Enumerable.Range(0, 300)];
        await using (var pool = new MpiPool(options))
        {
            Assert.Equal(2, await pool.RunAsync(x => x + 1, 1).WaitAsync(Patience));
            disk.Fill(0);
            Assert.Equal(items, await pool.MapAsync(x => { Thread.Sleep(5); return x; }, items).WaitAsync(Patience));
            // Ranks cannot start again without a trace.
            var error = await Assert.ThrowsAsync<JobFailedException>(() => pool.MapAsync(x => { Process.GetCurrentProcess().Kill(); return x; }, items)).WaitAsync(Patience);
            Assert.Contains("the file system there is full", error.Message, StringComparison.Ordinal);
            File.Delete(disk.Folder + "/ballast");
        }
        Assert.Empty(Directory.GetDirectories(options.WorkFolder));
        await using MapJob<byte[]> job = await MpiPool.SubmitAsync(options with { JobProgress = null }, x =>
        {
            var bytes = new byte[20_000];
            new Random(x).NextBytes(bytes);
            return bytes;
        }, items, new MapOptions { ChunkSize = 2 });
        var left = await Assert.ThrowsAsync<JobFailedException>(() => job.WaitAsync()).WaitAsync(Patience);
        Assert.Matches(@"[1-9]\d* of 300 have their result, which is kept in .*the file system there is full", left.Message.ReplaceLineEndings(" "));
        disk.Grow();
        await job.ResubmitAsync(options with { JobProgress = null });
        byte[][] all = await job.WaitAsync().WaitAsync(Patience);
        Assert.All(all.Index(), result =>
        {
            var bytes = new byte[20_000];
            new Random(result.Index).NextBytes(bytes);
            Assert.Equal(bytes, result.Item);
        });
        await job.Jobs[1].WaitAsync().WaitAsync(Patience);
    }

    [Fact]
    public async Task A_rank_starts_from_its_nodes_copy_of_the_program_and_asks_little_of_the_shared_file_system()
    {
        using var folder = new TemporaryFolder("calls");
        string own = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
        File.WriteAllText(folder.Path + "/launch.sh", $"exec mpiexec.hydra -launcher slurm -bind-to none -n $1 -ppn 2 /bin/bash {folder.Path}/trace.sh \"${{@:2}}\"");
        File.WriteAllText(folder.Path + "/trace.sh", $"exec strace -f -y -qq -s 300 -o {folder.Path}/trace-$PMI_RANK \"$@\"");
        MpiPoolOptions traced = Options() with
        {
            Resources = new() { Nodes = 2, RanksPerNode = 2, Walltime = TimeSpan.FromMinutes(5) }, Mpiexec = null, Launcher = new CommandLauncher($"/bin/bash {folder.Path}/launch.sh {{ranks}}"), StartTimeout = Patience,
            Environment = new Dictionary<string, string> { ["TMPDIR"] = Directory.CreateDirectory(folder.Path + "/node").FullName },
        };
        string jobFolder;
        await using (var pool = new MpiPool(traced))
        {
            string[] folders = [.. (await pool.MapAsync(_ => { Thread.Sleep(20); return AppContext.BaseDirectory; }, Enumerable.Range(0, 100), new MapOptions { ChunkSize = 1 }).WaitAsync(Patience)).Distinct()];
            Assert.StartsWith(folder.Path + "/node/pathos-hpc-", Assert.Single(folders), StringComparison.Ordinal);
            jobFolder = Directory.GetDirectories(slurm.WorkFolder).Single();
        }
        // The root also meets the client there; the others only start.
        for (int rank = 1; rank < 4; rank++)
        {
            string[] calls = [.. File.ReadLines($"{folder.Path}/trace-{rank}").Where(line => IsOn(line, jobFolder) || IsOn(line, own))];
            Assert.True(calls.Length is > 3 and <= MostCalls, $"{calls.Length} calls:\n{string.Join('\n', calls)}");
        }
        Process.Start("chmod", ["-R", "u+w", folder.Path])!.WaitForExit();

        string taken = $"{Directory.CreateDirectory(folder.Path + "/taken").FullName}/{Path.GetFileName(Directory.GetDirectories(folder.Path + "/node").Single())}";
        File.WriteAllText(taken, "");
        await using (var pool = new MpiPool(Options() with { Environment = new Dictionary<string, string> { ["TMPDIR"] = folder.Path + "/taken" }, KeepFiles = true }))
            Assert.Equal(own, Path.TrimEndingDirectorySeparator(await pool.RunAsync(_ => AppContext.BaseDirectory, 1).WaitAsync(Patience)));
        jobFolder = Directory.GetDirectories(slurm.WorkFolder).Single();
        Assert.Contains($"starts from {own}, and not from a copy of its own: {taken} cannot be made.", File.ReadAllText(jobFolder + "/stderr.log"), StringComparison.Ordinal);
        Directory.Delete(jobFolder, recursive: true);
    }

    /// <summary>Whether a traced call asks something of a file system below a folder: by a path, or by an open file that is read, looked at or locked.</summary>
    private static bool IsOn(string line, string folder)
    {
        Match call = Regex.Match(line, @"^\d+ +(?<name>\w+)\((?<arguments>.*)");
        if (!call.Success || call.Groups["name"].Value is "close" or "lseek" or "fcntl" or "dup" or "dup2" or "dup3" or "ioctl" or "mmap" or "munmap")
            return false; // answered by the kernel alone
        // The folder that a process works in is only named in front of what is looked for, and a program's arguments are not.
        string arguments = Regex.Replace(call.Groups["arguments"].Value, @"^AT_FDCWD<[^>]*>, (?="")(?=""/)", "");
        string asked = call.Groups["name"].Value == "execve" ? arguments.Split(',')[0] : Regex.Match(arguments, @"^(\d+<[^>]*>|AT_FDCWD<[^>]*>|""[^""]*"")").Value;
        return asked.Contains(folder, StringComparison.Ordinal);
    }

    private async Task CrashAsync(string job)
    {
        await slurm.ScriptAsync("await-saved", job);
        await slurm.ScriptAsync("kill-controller");
    }
}
