using System.Diagnostics;
using System.Runtime.Versioning;
using PathosHpc.Tests;

namespace PathosHpc.ClusterTests;

/// <summary>Maps that are submitted, left and collected, on a real Slurm.</summary>
[UnsupportedOSPlatform("windows")]
public class SubmittedMapTests(PrivateSlurm slurm) : IClassFixture<PrivateSlurm>
{
    private static readonly TimeSpan patience = TimeSpan.FromSeconds(120);
    private static readonly string rig = MpiRun.Rig.Replace("CommunicatorRig", "FaultRig", StringComparison.Ordinal);

    private MpiPoolOptions Options(string mpiexec = "mpiexec.hydra") => new()
    {
        Scheduler = new SlurmScheduler { Pace = PrivateSlurm.Quick },
        Resources = new() { Nodes = 2, RanksPerNode = 1, Walltime = TimeSpan.FromMinutes(10) },
        Host = slurm.Host,
        WorkFolder = slurm.WorkFolder,
        Mpiexec = mpiexec,
    };

    private Task<MapJob<TResult>> AttachAsync<TResult>(string id) =>
        MapJob<TResult>.AttachAsync(new SlurmScheduler { Pace = PrivateSlurm.Quick }, id, slurm.Host, slurm.WorkFolder);

    [Theory, InlineData("mpiexec.hydra"), InlineData("mpiexec.openmpi")]
    public async Task A_map_goes_on_when_its_client_is_killed_and_others_collect_its_results(string mpiexec)
    {
        string id = await SubmitAndDieAsync(mpiexec);
        await using MapJob<double> one = await AttachAsync<double>(id), other = await AttachAsync<double>(id);
        var first = new List<(long Index, double Item)>();
        async Task CollectAsync()
        {
            await foreach (var result in one.ResultsAsync())
                first.Add(result);
        }
        Task<double[]> all = other.WaitAsync();
        await Task.WhenAll(CollectAsync(), all).WaitAsync(patience);
        Assert.Equal(Enumerable.Range(0, 200).Select(x => x * 0.5), await all);
        Assert.Equal(await all, first.OrderBy(r => r.Index).Select(r => r.Item));
        Assert.Equal((200, 0, 200L), (one.Progress.Completed, one.Progress.Failed, one.Progress.Total));
        Assert.Equal(JobState.Completed, (await one.Jobs[0].WaitAsync().WaitAsync(patience)).State);

        ArgumentException wrong = await Assert.ThrowsAsync<ArgumentException>(() => AttachAsync<long>(id));
        Assert.Contains("of type System.Double, not System.Int64", wrong.Message, StringComparison.Ordinal);
        await using MapJob<double> late = await AttachAsync<double>(one.Folder);
        Assert.Equal(await all, await late.WaitAsync().WaitAsync(patience));
        Assert.Equal(string.Concat(Enumerable.Range(0, 200).Select(x => $"{x}\t{(x * 0.5).ToString(System.Globalization.CultureInfo.InvariantCulture)}\n")), await PrintedAsync("fetch", id));
        Assert.Equal(200, (await PrintedAsync("attach", id)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("The map is over: completed", (await Assert.ThrowsAsync<InvalidOperationException>(() => late.ResubmitAsync(Options()))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_that_is_told_to_end_drains_and_the_next_computes_what_is_missing()
    {
        using var folder = new TemporaryFolder("drain");
        string computed = Path.Combine(folder.Path, "computed"), ordered = Path.Combine(folder.Path, "ordered");
        await using MapJob<int> job = await MpiPool.SubmitAsync(Options() with { Resubmit = 1 }, x =>
        {
            // The map is not over before its job is told to end, however busy the machine is.
            while (x >= 50 && !File.Exists(ordered))
                Thread.Sleep(20);
            Thread.Sleep(20);
            File.AppendAllText($"{computed}.{Environment.ProcessId}", $"{x} ");
            return -x;
        }, Enumerable.Range(0, 200), new MapOptions { ChunkSize = 2, MaxInFlight = 20 });
        Assert.Equal(2, job.Jobs.Count);
        await foreach (var _ in job.ResultsAsync())
            break;
        await slurm.RunAsync("scancel", "--batch", "--signal=TERM", job.Jobs[0].Id);
        await LiveSlurm.UntilAsync(() => Task.FromResult(File.Exists(job.Jobs[0].Folder + "/attempt-1/signals")), () => "the script was told nothing");
        File.WriteAllText(ordered, "");
        JobResult first = await job.Jobs[0].WaitAsync().WaitAsync(patience);
        Assert.Equal((JobState.Failed, 75), (first.State, first.ExitCode));
        Assert.Equal(Enumerable.Range(0, 200).Select(x => -x), await job.WaitAsync().WaitAsync(patience));
        Assert.Equal(JobState.Completed, (await job.Jobs[1].WaitAsync().WaitAsync(patience)).State);
        int[] numbers = [.. Directory.GetFiles(folder.Path, "computed.*").SelectMany(f => File.ReadAllText(f).Split(' ', StringSplitOptions.RemoveEmptyEntries)).Select(n => Convert.ToInt32(n, null))];
        Assert.Equal(200, numbers.Length);
    }

    [Fact]
    public async Task Before_its_walltime_a_job_drains_and_what_is_missing_can_be_submitted_by_hand()
    {
        // The clock is the scheduler's word, which the test puts in its mouth: Slurm counts in minutes.
        long end = DateTimeOffset.UtcNow.AddSeconds(20).ToUnixTimeSeconds();
        MpiPoolOptions options = Options();
        await using MapJob<int> job = await MpiPool.SubmitAsync(options with { Environment = new Dictionary<string, string> { ["SLURM_JOB_END_TIME"] = $"{end}" } }, x =>
        {
            Thread.Sleep(x < 10 ? 10 : 2000);
            return 2 * x;
        }, Enumerable.Range(0, 40), new MapOptions { ChunkSize = 1 });
        JobFailedException left = await Assert.ThrowsAsync<JobFailedException>(() => job.WaitAsync()).WaitAsync(patience);
        Assert.Contains("of 40 have their result, which is kept", left.Message, StringComparison.Ordinal);
        Assert.InRange(DateTimeOffset.UtcNow.ToUnixTimeSeconds(), end - 8, end + 20);
        await using MapJob<int> again = await AttachAsync<int>(job.Id);
        await again.ResubmitAsync(options with { Resources = new() { Nodes = 2, RanksPerNode = 4, Walltime = TimeSpan.FromMinutes(5) } });
        Assert.Equal(Enumerable.Range(0, 40).Select(x => 2 * x), await again.WaitAsync().WaitAsync(patience));
    }

    [Fact]
    public async Task A_rank_that_is_killed_costs_no_result_and_an_item_that_kills_fails_alone()
    {
        await using MapJob<int> job = await MpiPool.SubmitAsync(Options(), x =>
        {
            if (x == 30)
                Environment.Exit(9);
            Thread.Sleep(5);
            return x;
        }, Enumerable.Range(0, 100), new MapOptions { OnItemFailure = OnItemFailure.Continue });
        MapFailedException failed = await Assert.ThrowsAsync<MapFailedException>(() => job.WaitAsync()).WaitAsync(patience);
        Assert.Equal([30L], failed.Failures.Select(f => f.Index));
        Assert.Equal(Enumerable.Range(0, 100).Select(x => x == 30 ? 0 : x), failed.Results<int>());
    }

    [Fact]
    public async Task A_submitted_map_outlives_a_node_and_what_leads_it()
    {
        string missed = Path.Combine(slurm.WorkFolder, "missed");
        await using MapJob<int> job = await MpiPool.SubmitAsync(Options() with { Resources = new() { Nodes = 3, RanksPerNode = 1, Walltime = TimeSpan.FromMinutes(10) }, Resubmit = 1 }, x =>
        {
            Thread.Sleep(50);
            // However long a node is not missed, the map does not come to its end on all three of them.
            while (MapContext.Current!.Size == 3 && x >= 200 && !File.Exists(missed))
                Thread.Sleep(50);
            return MapContext.Current!.Size;
        }, Enumerable.Range(0, 400), new MapOptions { ChunkSize = 1 });
        await using var results = job.ResultsAsync().GetAsyncEnumerator();
        var sizes = new Dictionary<long, int>();
        async Task TakeAsync(Func<int, bool> enough)
        {
            while (await results.MoveNextAsync().AsTask().WaitAsync(patience))
            {
                sizes.Add(results.Current.Index, results.Current.Item);
                if (enough(results.Current.Item))
                    return;
            }
        }
        await TakeAsync(_ => true);
        string id = job.Jobs[0].Id, first = await slurm.RunAsync("squeue", "--noheader", $"--jobs={id}", "--format=%B");
        string last = (await slurm.RunAsync("scontrol", "show", "hostnames", await slurm.RunAsync("squeue", "--noheader", $"--jobs={id}", "--format=%N"))).Split('\n').Last(node => node != first);
        await slurm.ScriptAsync("kill-node", last);
        await TakeAsync(size => size == 2);
        Assert.True(sizes.Count < 250, "the map was nearly over before its node was missed");
        File.WriteAllText(missed, "");
        // The leader of the map is the supervisor, too: it is started again within the job. The script that does so is not; the next job takes over.
        int leader = PrivateSlurm.LeaderOf(job.Jobs[0].Folder);
        Process.GetProcessById(leader).Kill();
        int before = sizes.Count;
        await TakeAsync(_ => sizes.Count > before + 100);
        Assert.True(sizes.Count < 400, "the map was over before its job was");
        Assert.Equal(JobState.Running, job.Jobs[0].State);
        Process.GetProcessById(LinuxProcess.Parent(PrivateSlurm.LeaderOf(job.Jobs[0].Folder))).Kill();
        await TakeAsync(_ => false);
        await slurm.ScriptAsync("start-node", last);
        Assert.Equal(Enumerable.Range(0, 400).Select(x => (long)x), sizes.Keys.Order());
        Assert.Equal(JobState.Failed, (await job.Jobs[0].WaitAsync().WaitAsync(patience)).State);
        Assert.Equal(JobState.Completed, (await job.Jobs[1].WaitAsync().WaitAsync(patience)).State);
    }

    private async Task<string> PrintedAsync(string verb, string id)
    {
        var output = new StringWriter { NewLine = "\n" };
        var error = new StringWriter();
        int code = await new PathosTool(output, error, slurm.Host).RunAsync([verb, "--work-folder", slurm.WorkFolder, id], default).WaitAsync(patience);
        Assert.True(code == 0, $"pathos {verb} ended with code {code}: {error}");
        Assert.Contains("200 of 200 items have their result.", error.ToString(), StringComparison.Ordinal);
        return output.ToString();
    }

    /// <summary>A program submits a map, and is killed once it has its id.</summary>
    private async Task<string> SubmitAndDieAsync(string mpiexec)
    {
        var start = new ProcessStartInfo("dotnet", [rig, "submit", slurm.WorkFolder, mpiexec]) { RedirectStandardOutput = true };
        foreach ((string name, string? value) in slurm.Host.Variables)
            start.Environment[name] = value;
        using Process client = Process.Start(start)!;
        try
        {
            return await client.StandardOutput.ReadLineAsync().WaitAsync(patience) ?? throw new InvalidOperationException("The client gave no id.");
        }
        finally
        {
            client.Kill();
        }
    }
}
