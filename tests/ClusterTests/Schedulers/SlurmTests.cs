using System.Diagnostics;
using System.Runtime.Versioning;

namespace PathosHpc.ClusterTests;

/// <summary>The life of jobs on a real Slurm. The variables SBATCH_PARTITION=nope and the like are set for all of them.</summary>
[UnsupportedOSPlatform("windows")]
public class SlurmTests(PrivateSlurm slurm) : IClassFixture<PrivateSlurm>
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(150);

    [Fact]
    public async Task Ranks_start_on_all_nodes_and_odd_values_reach_each()
    {
        const string Odd = "a,b 'c' \"d\" $HOME `x` \\ \r\ntwo é";
        await using var job = await slurm.SubmitAsync("", spec => spec with
        {
            Resources = ResourceRequest.Parse("4:ppn=2:cpp=2") with { Walltime = TimeSpan.FromMinutes(2), MemoryPerNode = MemorySize.MiB(800) },
            Environment = new Dictionary<string, string> { ["ODD"] = Odd, ["COMMAS"] = "x,y" },
            Prologue = ["export FROM_PROLOGUE=yes\r\n", "", "# a comment"],
            // Nothing but the environment file can bring a value through this.
            CommandLine = "srun --mpi=none --cpus-per-task=2 env -i SLURM_PROCID=0 HOME=\"$HOME\" \"$PATHOS_RANK\" bash -c 'printf \"%s|%s|%s|%s\\n\" \"$FROM_PROLOGUE\" \"$OMP_NUM_THREADS $DOTNET_PROCESSOR_COUNT $((DOTNET_GCHeapHardLimit >> 20))\" \"$COMMAS\" \"$(printf %s \"$ODD\" | od -An -tx1 | tr -d \" \\n\")\"'",
        });
        var result = await job.WaitAsync().WaitAsync(Long);
        Assert.True(result.State == JobState.Completed, result.Message);
        var hex = Convert.ToHexStringLower(System.Text.Encoding.UTF8.GetBytes(Odd));
        Assert.Equal(Enumerable.Repeat($"yes|2 2 340|x,y|{hex}", 8), await job.ReadLogAsync().ToListAsync());
        Assert.Equal("n1 slots=2\nn2 slots=2\nn3 slots=2\nn4 slots=2\n", File.ReadAllText(job.Folder + "/attempt-1/slots"));
        Assert.Empty(job.Warnings);
    }

    [Theory]
    [InlineData("spaces and 'quotes' \"both\"")]
    [InlineData("line\nend")]
    [InlineData("percent %j & $HOME; é")]
    public async Task A_work_folder_may_have_any_name(string name)
    {
        await using var job = await slurm.SubmitAsync("pwd; exit 3", spec => spec with { Name = name }, workFolder: Path.Combine(slurm.WorkFolder, name));
        var result = await job.WaitAsync().WaitAsync(Long);
        Assert.Equal((JobFailureReason.ExitCode, 3), (result.Reason, result.ExitCode));
        Assert.Equal(job.Folder, string.Join('\n', await job.ReadLogAsync().ToListAsync()));
        Assert.True(File.Exists(job.Folder + "/scheduler.log"));
    }

    [Fact]
    public async Task A_signal_is_told_from_an_exit_code()
    {
        await using var job = await slurm.SubmitAsync("kill -SEGV $$");
        var result = await job.WaitAsync().WaitAsync(Long);
        Assert.Equal((JobFailureReason.Signal, 11), (result.Reason, result.Signal));
    }

    [Fact]
    public async Task Memory_that_was_not_granted_is_told()
    {
        await using var job = await slurm.SubmitAsync("head -c 600M /dev/zero | tail | sleep 20", spec => spec with { Resources = new() { Nodes = 1, MemoryPerNode = MemorySize.MiB(100) } });
        var result = await job.WaitAsync().WaitAsync(Long);
        Assert.True(result.Reason == JobFailureReason.OutOfMemory, result.Message);
    }

    [Theory]
    [InlineData("nope", "invalid partition specified: nope")]
    public async Task A_rejection_shows_the_text_of_the_site(string partition, string text)
    {
        var error = await Assert.ThrowsAsync<JobFailedException>(() => slurm.SubmitAsync("true", null, new SlurmScheduler { Pace = PrivateSlurm.Quick, Queue = partition }));
        Assert.Equal(JobFailureReason.Rejected, error.Reason);
        Assert.Contains(text, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_that_can_never_be_met_is_a_warning_and_the_job_can_be_canceled()
    {
        await using var job = await slurm.SubmitAsync("true", spec => spec with { Resources = new() { Nodes = 9 } });
        await UntilAsync(() => job.Warnings.Count > 0);
        // PartitionConfig at Slurm's first look at the job, PartitionNodeLimit at its next.
        Assert.Contains("can never run: Slurm says 'Partition", job.Warnings[0], StringComparison.Ordinal);
        var result = await job.CancelAsync().WaitAsync(Long);
        Assert.Equal((JobState.Canceled, 0, null), (result.State, result.Attempt, result.ExitCode));
    }

    [Fact]
    public async Task A_request_that_can_never_be_met_is_an_error_if_asked()
    {
        await using var job = await slurm.SubmitAsync("true", spec => spec with { Resources = new() { Nodes = 1, Walltime = TimeSpan.FromHours(9) }, FailIfItCanNeverRun = true });
        Assert.Equal(JobFailureReason.CanNeverRun, (await job.WaitAsync().WaitAsync(Long)).Reason);
        Assert.Contains("CANCELLED", await slurm.RunAsync("squeue", "-h", "-t", "all", "-j", job.Id, "-o", "%T"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_is_held_and_released()
    {
        await using var job = await slurm.SubmitAsync("true", spec => spec with { Held = true });
        await UntilAsync(() => job.State == JobState.Held);
        Assert.True(await job.ReleaseAsync());
        Assert.Equal(JobState.Completed, (await job.WaitAsync().WaitAsync(Long)).State);
        Assert.False(await job.HoldAsync());
    }

    [Fact]
    public async Task A_running_job_that_ignores_TERM_is_canceled_all_the_same()
    {
        await using var job = await slurm.SubmitAsync("trap '' TERM; echo started; while :; do sleep 1; done");
        await job.WaitForStartAsync().WaitAsync(Long);
        var result = await job.CancelAsync().WaitAsync(Long);
        Assert.Equal((JobState.Canceled, JobFailureReason.Canceled), (result.State, result.Reason));
        Assert.Contains("CANCELLED", await slurm.RunAsync("squeue", "-h", "-t", "all", "-j", job.Id, "-o", "%T"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_waits_for_others_and_fails_with_them()
    {
        await using var good = await slurm.SubmitAsync("sleep 1");
        await using var bad = await slurm.SubmitAsync("sleep 1; exit 2");
        await using var after = await slurm.SubmitAsync("true", spec => spec with { Dependencies = [new(JobDependencyCondition.Succeeded, good.Id), new(JobDependencyCondition.Failed, bad.Id)] });
        await using var never = await slurm.SubmitAsync("true", spec => spec with { Dependencies = [new(JobDependencyCondition.Succeeded, bad.Id)] });
        Assert.Equal(JobState.Completed, (await after.WaitAsync().WaitAsync(Long)).State);
        Assert.Equal(JobFailureReason.DependencyFailed, (await never.WaitAsync().WaitAsync(Long)).Reason);
    }

    [Fact]
    public async Task A_missing_working_folder_is_a_launch_failure()
    {
        await using var job = await slurm.SubmitAsync("true", spec => spec with { WorkingFolder = "/no/such" });
        Assert.Equal(JobFailureReason.LaunchFailure, (await job.WaitAsync().WaitAsync(Long)).Reason);
    }

    [Fact]
    public async Task A_suspended_job_is_told_and_goes_on()
    {
        await using var job = await slurm.SubmitAsync("sleep 3");
        await job.WaitForStartAsync().WaitAsync(Long);
        await slurm.RunAsync("scontrol", "suspend", job.Id);
        await UntilAsync(() => job.State == JobState.Suspended, job);
        await slurm.RunAsync("scontrol", "resume", job.Id);
        Assert.Equal(JobState.Completed, (await job.WaitAsync().WaitAsync(Long)).State);
    }

    [Fact]
    public async Task A_job_that_is_queued_again_counts_by_its_newest_attempt()
    {
        var scheduler = new SlurmScheduler { Pace = PrivateSlurm.Quick, OmittedDirectives = ["--no-requeue"], ExtraDirectives = ["--requeue"] };
        await using var job = await slurm.SubmitAsync("echo attempt $PATHOS_ATTEMPT; [ $PATHOS_ATTEMPT = 2 ] || sleep 60", null, scheduler);
        await job.WaitForStartAsync().WaitAsync(Long);
        await UntilAsync(() => File.ReadAllText(job.Folder + "/stdout.log").Length > 0);
        await slurm.RunAsync("scontrol", "requeue", job.Id);
        await UntilAsync(() => File.Exists(job.Folder + "/attempt-1/exit"));
        await UntilAsync(() => job.State == JobState.Queued, job);
        // A node revokes a job's credential for the whole second in which the job ended there.
        await slurm.RunAsync("scontrol", "update", "JobId=" + job.Id, "StartTime=now+2");
        var result = await job.WaitAsync().WaitAsync(Long);
        Assert.True((result.State, result.Attempt) == (JobState.Completed, 2), result.Message);
        Assert.Equal(["attempt 1", "attempt 2"], await job.ReadLogAsync().ToListAsync());
    }

    [Fact]
    public async Task A_node_that_dies_is_told()
    {
        await using var job = await slurm.SubmitAsync("sleep 600", spec => spec, new SlurmScheduler { Pace = PrivateSlurm.Quick, ExtraDirectives = ["--nodelist=n4"] });
        await job.WaitForStartAsync().WaitAsync(Long);
        await slurm.ScriptAsync("kill-node", "n4");
        try
        {
            var result = await job.WaitAsync().WaitAsync(TimeSpan.FromSeconds(120));
            Assert.True(result.Reason == JobFailureReason.NodeFailure, result.Message);
        }
        finally
        {
            await slurm.ScriptAsync("start-node", "n4");
        }
    }

    [Fact]
    public async Task Jobs_outlive_a_controller_that_is_killed_and_come_to_their_end()
    {
        await using var job = await slurm.SubmitAsync("until [ -e go ]; do sleep 0.1; done; echo done");
        await job.WaitForStartAsync().WaitAsync(Long);
        await slurm.ScriptAsync("await-saved", job.Id);
        await slurm.ScriptAsync("kill-controller");
        var submission = slurm.SubmitAsync("echo second");
        await Task.Delay(2000);
        await File.WriteAllTextAsync(job.Folder + "/go", "");
        await UntilAsync(() => File.Exists(job.Folder + "/attempt-1/exit"));
        await slurm.ScriptAsync("start-controller");
        await using var second = await submission.WaitAsync(Long);
        Assert.NotEqual(job.Id, second.Id);
        Assert.Equal(JobState.Completed, (await job.WaitAsync().WaitAsync(Long)).State);
        Assert.Equal(JobState.Completed, (await second.WaitAsync().WaitAsync(Long)).State);
        Assert.Equal(["second"], await second.ReadLogAsync().ToListAsync());
    }

    [Fact]
    public async Task A_submission_to_a_frozen_controller_computes_once()
    {
        var impatient = new SlurmScheduler { Pace = PrivateSlurm.Quick, SubmitTimeout = TimeSpan.FromSeconds(3), CommandTimeout = TimeSpan.FromSeconds(2) };
        await slurm.ScriptAsync("freeze");
        var submission = slurm.SubmitAsync("echo computed", null, impatient);
        await Task.Delay(4000);
        await slurm.ScriptAsync("thaw");
        await using var job = await submission.WaitAsync(Long);
        Assert.Equal(JobState.Completed, (await job.WaitAsync().WaitAsync(Long)).State);
        Assert.Equal(["computed"], await job.ReadLogAsync().ToListAsync());
    }

    [Fact]
    public async Task The_golden_scripts_run_by_hand()
    {
        foreach (var (file, ranks) in new[] { ("four-nodes.sh", 8), ("ranks-alone.sh", 1) })
        {
            var id = await slurm.RunAsync("sbatch", "--parsable", $"{PrivateSlurm.Root()}/jobs/slurm/{file}");
            // sbatch --wait would look after 2, 10 and 42 seconds only.
            string state;
            for (var watch = Stopwatch.StartNew(); (state = await slurm.RunAsync("squeue", "-h", "-t", "all", "-j", id, "-o", "%T %r")) != "COMPLETED None"; await Task.Delay(200))
            {
                Assert.False(state.StartsWith("FAILED", StringComparison.Ordinal), state);
                Assert.True(watch.Elapsed < Long, $"{file} is {state} after {watch.Elapsed}; nodes:\n{await slurm.RunAsync("scontrol", "show", "node")}\njobs:\n{await slurm.RunAsync("squeue", "-t", "all")}");
            }
            var log = Assert.Single(Directory.GetFiles(Path.GetDirectoryName(slurm.WorkFolder)!, $"*-{id}.log"));
            Assert.Equal(ranks, File.ReadAllLines(log).Length);
        }
    }

    [Theory]
    [InlineData("srun", "mpich", true)]
    [InlineData("hydra", "mpich", true)]
    [InlineData("openmpi", "openmpi", true)]
    // pmi2 serves MPICH alone, and the library is Open MPI's.
    [InlineData("srun", "mpich", false)]
    public async Task The_doctor_forms_a_world_in_a_job_of_two_nodes_or_says_why_it_cannot(string launcher, string mpi, bool isSound)
    {
        var profile = Directory.CreateDirectory(slurm.WorkFolder + "-sites/pathos-hpc/sites");
        var library = isSound ? "" : $", \"mpiLibrary\": \"{OpenMpiLibrary}\"";
        await File.WriteAllTextAsync($"{profile.FullName}/here.json", $$"""{ "scheduler": "slurm", "launcher": "{{launcher}}", "mpi": "{{mpi}}", "workFolder": "{{slurm.WorkFolder}}" {{library}} }""");
        var run = await slurm.Host.RunAsync(new HostCommand("dotnet", AppContext.BaseDirectory + "pathos.dll", "doctor", "--submit", "--site", "here", "--json")
        {
            Variables = new Dictionary<string, string> { ["XDG_CONFIG_HOME"] = slurm.WorkFolder + "-sites" },
            Timeout = Long,
        });
        using var json = System.Text.Json.JsonDocument.Parse(run.StandardOutput);
        var finding = json.RootElement.EnumerateArray().Single(f => f.GetProperty("what").GetString() == "world in a job");
        Assert.True(run.ExitCode == (isSound ? 0 : 1), run.AllOutput);
        // The virtual nodes are one machine.
        Assert.Contains(isSound ? $": on {Environment.MachineName}" : "", finding.GetProperty("found").GetString(), StringComparison.Ordinal);
        Assert.Matches(isSound ? "^$" : "^PATHOS_MPI_LIB names .* which is Open MPI, .* Start it with the mpiexec of the same MPI", finding.GetProperty("remedy").GetString());
    }

    [Fact]
    public async Task The_tool_submits_and_waits()
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var tool = new PathosTool(output, error, slurm.Host);
        var exitCode = await tool.RunAsync(["submit", "--wait", "--scheduler", "slurm", "-n", "2", "--mpi", "mpich", "--work-folder", slurm.WorkFolder, "--", "bash", "-c", "echo $PMI_RANK/$PMI_SIZE"], default).WaitAsync(Long);
        Assert.True(exitCode == 0, output.ToString() + error);
    }

    /// <summary>This job has been running since before the other tests.</summary>
    [Fact]
    public async Task Walltime_is_told()
    {
        var result = await slurm.OverItsWalltime!.WaitAsync().WaitAsync(TimeSpan.FromSeconds(150));
        Assert.True(result.Reason == JobFailureReason.Walltime, result.Message);
        Assert.Contains("00:01:00", result.Message, StringComparison.Ordinal);
        Assert.Equal(["begin"], await slurm.OverItsWalltime.ReadLogAsync().ToListAsync());
    }

    private static string OpenMpiLibrary => Directory.EnumerateFiles("/usr/lib", "libmpi.so.40", SearchOption.AllDirectories).First();

    private static async Task UntilAsync(Func<bool> condition, BatchJob? refresh = null)
    {
        for (var watch = Stopwatch.StartNew(); !condition(); await Task.Delay(100))
        {
            Assert.True(watch.Elapsed < Long, $"It did not come about within {Long}.");
            if (refresh is not null) await refresh.RefreshAsync();
        }
    }
}
