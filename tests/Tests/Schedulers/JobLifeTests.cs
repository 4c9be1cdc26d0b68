using System.Diagnostics;
using System.Runtime.Versioning;

namespace PathosHpc.Tests;

/// <summary>The life of a job on PBS and Torque, against programs that replay what real servers said.</summary>
[UnsupportedOSPlatform("windows")]
public class JobLifeTests
{
    private const string Id = "7.pbsserver";
    private static readonly JobPace Quick = new()
    {
        LeastInterval = TimeSpan.FromMilliseconds(20),
        FirstInterval = TimeSpan.FromMilliseconds(50),
        LongestInterval = TimeSpan.FromMilliseconds(100),
        MostQueries = 10000,
        FirstLook = TimeSpan.FromMilliseconds(20),
        LongestLook = TimeSpan.FromMilliseconds(50),
        ForgottenAfter = TimeSpan.FromMilliseconds(200),
        Retry = TimeSpan.FromMilliseconds(50),
        CancelAgain = TimeSpan.FromMilliseconds(500),
    };

    private static PbsScheduler Pbs => new() { Pace = Quick, CommandTimeout = TimeSpan.FromSeconds(5), SubmitTimeout = TimeSpan.FromSeconds(5) };

    [Fact]
    public async Task A_job_runs_to_its_end_and_its_environment_arrives()
    {
        using var cluster = PbsCluster("start_job " + Id);
        cluster.Answer("qstat", Recorded.Pbs("queued"), "", "", "71.pbsserver", Id, "\"queued\"", "\"@NAME@\"");
        var values = new Dictionary<string, string> { ["COMMAS"] = "a,b,,c", ["QUOTES"] = "it's \"so\" `x`", ["LINES"] = "one\ntwo\r\n", ["DOLLAR"] = "$HOME \\ $(x)", ["EMPTY"] = "" };
        var spec = Spec("for v in COMMAS QUOTES LINES DOLLAR EMPTY; do printf '%s=[%s]\\n' \"$v\" \"${!v}\"; done; echo PATH=$PATH SBATCH=$SBATCH_PARTITION; echo to stderr >&2") with { Environment = values, Name = "my job/1" };
        await using var job = await SubmitAsync(cluster, Pbs, spec);
        await job.WaitForStartAsync().WaitAsync(TimeSpan.FromSeconds(20));
        var result = await job.WaitAsync().WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal((JobState.Completed, 0, 1, null), (result.State, result.ExitCode, result.Attempt, result.Reason));
        var lines = await job.ReadLogAsync().ToListAsync();
        Assert.Equal(["COMMAS=[a,b,,c]", "QUOTES=[it's \"so\" `x`]", "LINES=[one", "two\r", "]", "DOLLAR=[$HOME \\ $(x)]", "EMPTY=[]"], lines.Take(7));
        Assert.EndsWith("SBATCH=", lines[7], StringComparison.Ordinal);
        Assert.Equal(["to stderr"], await job.ReadLogAsync(JobLog.Error).ToListAsync());
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(job.Folder + "/environment"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(job.Folder));
        Assert.Matches("^myjob1-[a-z0-9]{8}$", job.Name);
        Assert.True(job.Name.Length <= 15);
        Assert.Equal(job.Name, Path.GetFileName(job.Folder));
        Assert.DoesNotContain(cluster.VariablesSeenBy("qsub"), v => v.StartsWith("SBATCH_", StringComparison.Ordinal) || v.StartsWith("SLURM_", StringComparison.Ordinal) || v.StartsWith("PBS_", StringComparison.Ordinal));
        Assert.Equal("node1\nnode2\n", File.ReadAllText(job.Folder + "/attempt-1/hosts"));
        Assert.Equal("node1 slots=2\nnode2 slots=2\n", File.ReadAllText(job.Folder + "/attempt-1/slots"));
    }

    [Fact]
    public async Task A_failure_tells_its_exit_code_and_the_last_lines()
    {
        using var cluster = PbsCluster("start_job " + Id);
        cluster.Answer("qstat", Recorded.Pbs("finished, asked without -x"), "-f -F", "", "81.pbsserver", Id)
            .Answer("qstat", Recorded.Pbs("finished with 3"), "-x", "", "82.pbsserver", Id, "\"e3\"", "\"@NAME@\"");
        await using var job = await SubmitAsync(cluster, Pbs, Spec("echo why it failed >&2; exit 3"));
        var result = await job.WaitAsync().WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal((JobState.Failed, JobFailureReason.ExitCode, 3), (result.State, result.Reason, result.ExitCode));
        Assert.Contains("exit code 3", result.Message, StringComparison.Ordinal);
        Assert.Contains("why it failed", result.Message, StringComparison.Ordinal);
        var error = Assert.Throws<JobFailedException>(result.EnsureCompleted);
        Assert.Equal((Id, 3, JobFailureReason.ExitCode), (error.JobId, error.LogPaths.Count, error.Reason));
    }

    [Fact]
    public async Task The_history_is_asked_too_where_the_limit_leaves_one_question_at_a_time()
    {
        using var cluster = PbsCluster("start_job " + Id);
        cluster.Answer("qstat", Recorded.Pbs("finished, asked without -x"), "-f -F", "", "81.pbsserver", Id)
            .Answer("qstat", Recorded.Pbs("finished with 3"), "-x", "", "82.pbsserver", Id, "\"e3\"", "\"@NAME@\"");
        await using var job = await SubmitAsync(cluster, new PbsScheduler { Pace = Quick with { MostQueries = 1, Window = TimeSpan.FromMilliseconds(300) } }, Spec("exit 3"));
        var result = await job.WaitAsync().WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal((JobState.Failed, JobFailureReason.ExitCode, 3), (result.State, result.Reason, result.ExitCode));
    }

    [Fact]
    public async Task Walltime_is_told_by_the_history()
    {
        using var cluster = PbsCluster("start_job " + Id);
        cluster.Answer("qstat", Recorded.Pbs("running"), "^-f", "", "70.pbsserver", Id, "\"fill\"", "\"@NAME@\"")
            .Answer("qstat", Recorded.Pbs("running"), "^-f", "kill -KILL -$(tail -n 1 \"$base/pids\")", "70.pbsserver", Id, "\"fill\"", "\"@NAME@\"")
            .Answer("qstat", Recorded.Pbs("finished, asked without -x"), "^-f", "", "81.pbsserver", Id)
            .Answer("qstat", Recorded.Pbs("walltime exceeded"), "^-x", "", "96.pbsserver", Id, "\"wt\"", "\"@NAME@\"");
        await using var job = await SubmitAsync(cluster, Pbs, Spec("sleep 60"));
        var result = await job.WaitAsync().WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal((JobState.Failed, JobFailureReason.Walltime, null), (result.State, result.Reason, result.ExitCode));
        Assert.Contains("00:00:05", result.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("unknown queue", "qsub: Unknown queue")]
    [InlineData("walltime over the limit of the queue", "qsub: Job violates queue and/or server resource limits")]
    public async Task A_rejection_shows_the_text_of_the_site(string name, string text)
    {
        using var cluster = new FakeCluster("qsub", "qstat", "qselect", "qdel").Answer("qstat", Recorded.Pbs("version"), "--version").Answer("qsub", Recorded.Pbs(name));
        var error = await Assert.ThrowsAsync<JobFailedException>(() => SubmitAsync(cluster, Pbs, Spec("true")));
        Assert.Equal(JobFailureReason.Rejected, error.Reason);
        Assert.Contains(text, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_that_cannot_be_honoured_is_refused_before_anything_runs()
    {
        using var cluster = new FakeCluster("qsub", "qstat");
        await Assert.ThrowsAsync<InvalidJobException>(() => SubmitAsync(cluster, new PbsScheduler { QualityOfService = "x" }, Spec("true")));
        Assert.Empty(cluster.Calls);
        Assert.Empty(Directory.GetFileSystemEntries(cluster.WorkFolder));
    }

    [Fact]
    public async Task A_submission_whose_answer_is_lost_is_looked_up_by_its_name()
    {
        using var cluster = new FakeCluster("qsub", "qstat", "qselect", "qdel").Answer("qstat", Recorded.Pbs("version"), "--version")
            .Answer("qsub", new CommandResult(0, "", "", default), "", "sleep 60").Answer("qselect", Recorded.Pbs("found by name"), "", "", "72.pbsserver", Id)
            .Answer("qstat", Recorded.Pbs("held"), "", "", "72.pbsserver", Id, "\"heldj\"", "\"@NAME@\"");
        await using var job = await SubmitAsync(cluster, new PbsScheduler { Pace = Quick, SubmitTimeout = TimeSpan.FromSeconds(1) }, Spec("true"));
        Assert.Equal(Id, job.Id);
    }

    [Fact]
    public async Task A_frozen_server_that_did_not_take_the_job_gets_it_once_more()
    {
        var silent = new CommandResult(0, "", "", default);
        using var cluster = new FakeCluster("qsub", "qstat", "qselect", "qdel").Answer("qstat", Recorded.Pbs("version"), "--version")
            .Answer("qsub", silent, "", "sleep 60").Answer("qselect", silent).Answer("qsub", Recorded.Pbs("submitted"))
            .Answer("qstat", Recorded.Pbs("held"), "", "", "72.pbsserver", Id, "\"heldj\"", "\"@NAME@\"");
        await using var job = await SubmitAsync(cluster, new PbsScheduler { Pace = Quick, SubmitTimeout = TimeSpan.FromSeconds(1) }, Spec("true"));
        Assert.Equal(Id, job.Id);
        Assert.Equal(2, cluster.Calls.Count(call => call.StartsWith("qsub", StringComparison.Ordinal)));
        Assert.True(cluster.Calls.Count(call => call.StartsWith("qselect", StringComparison.Ordinal)) >= 2);
    }

    [Fact]
    public async Task A_server_that_stays_frozen_is_told_and_a_late_job_would_do_nothing()
    {
        var silent = new CommandResult(0, "", "", default);
        using var cluster = new FakeCluster("qsub", "qstat", "qselect", "qdel").Answer("qstat", Recorded.Pbs("version"), "--version")
            .Answer("qsub", silent, "", "sleep 60").Answer("qselect", silent, "", "sleep 60");
        var watch = Stopwatch.StartNew();
        var scheduler = new PbsScheduler { Pace = Quick, SubmitTimeout = TimeSpan.FromSeconds(0.5), CommandTimeout = TimeSpan.FromSeconds(0.5) };
        var error = await Assert.ThrowsAsync<JobFailedException>(() => SubmitAsync(cluster, scheduler, Spec("touch computed")));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"It took {watch.Elapsed}.");
        Assert.Contains("did not answer within", error.Message, StringComparison.Ordinal);
        var folder = Assert.Single(Directory.GetDirectories(cluster.WorkFolder));
        var late = await LocalHost.Instance.RunAsync(new HostCommand("bash", folder + "/job.sh") { Variables = new Dictionary<string, string> { ["PBS_JOBID"] = Id } });
        Assert.Equal(0, late.ExitCode);
        Assert.Contains("does nothing", late.StandardError, StringComparison.Ordinal);
        Assert.False(File.Exists(folder + "/computed"));
    }

    [Fact]
    public async Task Two_instances_of_a_script_compute_once_and_the_one_that_runs_is_followed()
    {
        using var cluster = PbsCluster("start_job 6.pbsserver; sleep 0.3; start_job " + Id);
        cluster.Answer("qstat", Recorded.Pbs("running"), "", "", "70.pbsserver", "6.pbsserver", "\"fill\"", "\"@NAME@\"");
        await using var job = await SubmitAsync(cluster, Pbs, Spec("echo computed"));
        var result = await job.WaitAsync().WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal((JobState.Completed, "6.pbsserver", 1), (result.State, result.JobId, result.Attempt));
        Assert.Equal(["computed"], await job.ReadLogAsync().ToListAsync());
        Assert.Contains("qdel " + Id, cluster.Calls);
    }

    [Fact]
    public async Task A_server_that_is_down_is_never_taken_for_a_job_that_is_gone()
    {
        using var cluster = PbsCluster("start_job " + Id);
        cluster.Answer("qstat", Recorded.Pbs("server down"));
        await using var job = await SubmitAsync(cluster, Pbs, Spec("until [ -e go ]; do sleep 0.05; done"));
        await UntilAsync(() => cluster.Calls.Count(call => call.StartsWith("qstat -f", StringComparison.Ordinal)) > 5);
        Assert.Null(job.Result);
        await File.WriteAllTextAsync(job.Folder + "/go", "");
        Assert.Equal(JobState.Completed, (await job.WaitAsync().WaitAsync(TimeSpan.FromSeconds(20))).State);
    }

    [Fact]
    public async Task An_exit_code_is_believed_when_the_server_stays_down()
    {
        using var cluster = PbsCluster("start_job " + Id);
        cluster.Answer("qstat", Recorded.Pbs("server down"));
        await using var job = await SubmitAsync(cluster, Pbs, Spec("exit 4"));
        var result = await job.WaitAsync().WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal((JobFailureReason.ExitCode, 4), (result.Reason, result.ExitCode));
    }

    [Fact]
    public async Task Without_history_the_exit_file_counts()
    {
        using var cluster = PbsCluster("start_job " + Id);
        cluster.Answer("qstat", Recorded.Pbs("history off, queue"), "^-f", "", "170.pbsserver", Id).Answer("qstat", Recorded.Pbs("history off, history"), "^-x", "", "170.pbsserver", Id);
        await using var job = await SubmitAsync(cluster, new PbsScheduler { Pace = Quick with { ForgottenAfter = TimeSpan.FromSeconds(30) } }, Spec("sleep 0.5; exit 5"));
        var result = await job.WaitAsync().WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal((JobFailureReason.ExitCode, 5), (result.Reason, result.ExitCode));
        Assert.Single(cluster.Calls, call => call.StartsWith("qstat -x", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_job_that_nobody_knows_is_forgotten_after_three_answers()
    {
        using var cluster = PbsCluster("");
        cluster.Answer("qstat", Recorded.Pbs("history off, queue"), "^-f", "", "170.pbsserver", Id).Answer("qstat", Recorded.Pbs("history off, history"), "^-x", "", "170.pbsserver", Id);
        await using var job = await SubmitAsync(cluster, Pbs, Spec("true"));
        var result = await job.WaitAsync().WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal((JobState.Failed, JobFailureReason.Forgotten, 0), (result.State, result.Reason, result.Attempt));
        Assert.True(cluster.Calls.Count(call => call.StartsWith("qstat -f", StringComparison.Ordinal)) >= 3);
    }

    [Fact]
    public async Task An_id_that_was_given_to_another_job_is_not_ours()
    {
        using var cluster = PbsCluster("");
        cluster.Answer("qstat", Recorded.Pbs("running"), "^-f", "", "70.pbsserver", Id).Answer("qstat", Recorded.Pbs("history off, history"), "^-x", "", "170.pbsserver", Id);
        await using var job = await SubmitAsync(cluster, Pbs, Spec("true"));
        Assert.Equal(JobFailureReason.Forgotten, (await job.WaitAsync().WaitAsync(TimeSpan.FromSeconds(20))).Reason);
    }

    [Fact]
    public async Task A_job_is_canceled_and_verified_gone()
    {
        using var cluster = PbsCluster("start_job " + Id);
        cluster.Answer("qdel", Recorded.Pbs("canceled"), "", "touch \"$base/canceled\"; signal_job TERM")
            .Answer("qstat", Recorded.Pbs("running"), "^-f", "[ ! -e \"$base/canceled\" ] || { mkdir -p \"$base/answers/qstat/0000\"; cp \"$chosen\"/../../gone/* \"$base/answers/qstat/0000/\"; }", "70.pbsserver", Id, "\"fill\"", "\"@NAME@\"")
            .Answer("qstat", Recorded.Pbs("canceled while running"), "^-x", "", "76.pbsserver", Id, "\"trap\"", "\"@NAME@\"")
            .Answer("gone", Recorded.Pbs("finished, asked without -x"), "^-f", "", "81.pbsserver", Id);
        Rename(cluster);
        await using var job = await SubmitAsync(cluster, Pbs, Spec("sleep 60"));
        await job.WaitForStartAsync().WaitAsync(TimeSpan.FromSeconds(20));
        var result = await job.CancelAsync().WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal((JobState.Canceled, JobFailureReason.Canceled, "user1"), (result.State, result.Reason, result.CanceledBy));
        Assert.True(File.Exists(job.Folder + "/canceled"));

        // The answer "gone" is kept under the name 0001 of a program of its own, which the running answer copies from.
        static void Rename(FakeCluster cluster)
        {
            var gone = Path.Combine(Path.GetDirectoryName(cluster.Bin)!, "answers", "gone");
            foreach (var file in Directory.GetFiles(Assert.Single(Directory.GetDirectories(gone)))) File.Move(file, Path.Combine(gone, Path.GetFileName(file)));
        }
    }

    [Fact]
    public async Task A_cancel_that_the_server_refuses_is_told_with_its_text()
    {
        using var cluster = PbsCluster("start_job " + Id);
        cluster.Answer("qdel", Recorded.Pbs("cancel, node dead")).Answer("qstat", Recorded.Pbs("running"), "", "", "70.pbsserver", Id, "\"fill\"", "\"@NAME@\"");
        await using var job = await SubmitAsync(cluster, new PbsScheduler { Pace = Quick, SubmitTimeout = TimeSpan.FromSeconds(0.5) }, Spec("sleep 60"));
        var error = await Assert.ThrowsAsync<JobFailedException>(() => job.CancelAsync().WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Contains("Server could not connect to MOM", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_is_held_and_released()
    {
        using var cluster = PbsCluster("");
        cluster.Answer("qhold", Recorded.Pbs("hold")).Answer("qrls", Recorded.Pbs("hold of an unknown job")).Answer("qstat", Recorded.Pbs("held"), "", "", "72.pbsserver", Id, "\"heldj\"", "\"@NAME@\"");
        await using var job = await SubmitAsync(cluster, Pbs, Spec("true"));
        Assert.True(await job.HoldAsync());
        Assert.False(await job.ReleaseAsync());
        Assert.Contains("qhold " + Id, cluster.Calls);
        Assert.Contains("qrls " + Id, cluster.Calls);
        await UntilAsync(() => job.State == JobState.Held);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_request_that_can_never_be_met_is_a_warning_or_an_error(bool fail)
    {
        using var cluster = PbsCluster("");
        cluster.Answer("qdel", Recorded.Pbs("canceled")).Answer("qstat", Recorded.Pbs("queued"), "", "", "71.pbsserver", Id, "\"queued\"", "\"@NAME@\"",
            "Not Running: Not enough free nodes available", "Can Never Run: Insufficient amount of resource: ncpus (R: 6 A: 4 T: 4)");
        await using var job = await SubmitAsync(cluster, Pbs, Spec("true") with { FailIfItCanNeverRun = fail });
        if (fail) Assert.Equal(JobFailureReason.CanNeverRun, (await job.WaitAsync().WaitAsync(TimeSpan.FromSeconds(20))).Reason);
        else await UntilAsync(() => job.Warnings.Any(w => w.Contains("Can Never Run: Insufficient amount of resource: ncpus", StringComparison.Ordinal)));
        Assert.Equal(fail, cluster.Calls.Contains("qdel " + Id));
    }

    [Fact]
    public async Task What_was_recorded_otherwise_than_asked_is_told()
    {
        using var cluster = PbsCluster("");
        cluster.Answer("qstat", Recorded.Pbs("queued"), "", "", "71.pbsserver", Id, "\"queued\"", "\"@NAME@\"");
        await using var job = await SubmitAsync(cluster, Pbs, Spec("true") with { Resources = new() { Nodes = 2, Walltime = TimeSpan.FromHours(1) } });
        await UntilAsync(() => job.Warnings.Count >= 3);
        Assert.Contains($"The walltime asked for was 01:00:00, but PBS recorded 00:01:00 for job {Id}.", job.Warnings);
    }

    [Fact]
    public async Task Only_the_newest_attempt_counts()
    {
        using var cluster = PbsCluster("start_job " + Id);
        cluster.Answer("qstat", Recorded.Pbs("running"), "^-f", "", "70.pbsserver", Id, "\"fill\"", "\"@NAME@\"")
            .Answer("qstat", Recorded.Pbs("queued"), "^-f", "", "71.pbsserver", Id, "\"queued\"", "\"@NAME@\"")
            .Answer("qstat", Recorded.Pbs("queued"), "^-f", "", "71.pbsserver", Id, "\"queued\"", "\"@NAME@\"")
            .Answer("qstat", Recorded.Pbs("queued"), "^-f", "start_job " + Id, "71.pbsserver", Id, "\"queued\"", "\"@NAME@\"")
            .Answer("qstat", Recorded.Pbs("running"), "^-f", "", "70.pbsserver", Id, "\"fill\"", "\"@NAME@\"");
        await using var job = await SubmitAsync(cluster, Pbs, Spec("echo attempt $PATHOS_ATTEMPT; [ $PATHOS_ATTEMPT = 2 ] || exit 143"));
        var result = await job.WaitAsync().WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal((JobState.Completed, 2), (result.State, result.Attempt));
        Assert.Equal(["attempt 1", "attempt 2"], await job.ReadLogAsync().ToListAsync());
    }

    [Fact]
    public async Task Programs_of_the_right_name_that_belong_to_another_scheduler_are_not_used()
    {
        using var cluster = new FakeCluster("qsub", "qstat").Answer("qstat", Recorded.Pbs("version of a Slurm wrapper"));
        var error = await Assert.ThrowsAsync<JobFailedException>(() => SubmitAsync(cluster, Pbs, Spec("true")));
        Assert.Contains("is not that of PBS", error.Message, StringComparison.Ordinal);
        using var torque = new FakeCluster("qsub", "qstat").Answer("qstat", Recorded.Torque("version"));
        await Assert.ThrowsAsync<JobFailedException>(() => SubmitAsync(torque, Pbs, Spec("true")));
        Assert.DoesNotContain(torque.Calls, call => call.StartsWith("qsub", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_log_is_followed_while_the_job_runs()
    {
        using var cluster = PbsCluster("start_job " + Id);
        cluster.Answer("qstat", Recorded.Pbs("running"), "", "", "70.pbsserver", Id, "\"fill\"", "\"@NAME@\"");
        await using var job = await SubmitAsync(cluster, Pbs, Spec("for i in 1 2 3; do echo line $i; sleep 0.3; done; printf end"));
        var seen = new List<(string Line, bool Running)>();
        await foreach (var line in job.ReadLogAsync(follow: true)) seen.Add((line, job.Result is null));
        Assert.Equal(["line 1", "line 2", "line 3", "end"], seen.Select(s => s.Line));
        Assert.True(seen[0].Running);
    }

    [Fact]
    public async Task A_hundred_jobs_are_asked_about_in_one_question_and_never_more_often_than_the_limit()
    {
        using var cluster = new FakeCluster("qstat");
        cluster.Answer("qstat", Recorded.Pbs("server down"));
        var scheduler = new PbsScheduler { Pace = Quick with { MostQueries = 6, Window = TimeSpan.FromMinutes(1) } };
        var jobs = new List<BatchJob>();
        for (var i = 0; i < 100; i++)
        {
            var folder = Directory.CreateDirectory($"{cluster.WorkFolder}/{i}").FullName;
            await new JobFolder(cluster.Host, folder).WriteRecordAsync(new JobFolderRecord("PBS", $"{1000 + i}.pbsserver", "x", "x", DateTimeOffset.UtcNow), default);
            jobs.Add(await BatchJob.AttachAsync(scheduler, folder, cluster.Host));
        }
        await Task.Delay(1500);
        foreach (var job in jobs) await job.DisposeAsync();
        var questions = cluster.Calls.Where(call => call.StartsWith("qstat -f", StringComparison.Ordinal)).ToList();
        Assert.InRange(questions.Count, 1, 6);
        Assert.Equal(104, questions[^1].Split(' ').Length);
    }

    [Fact]
    public async Task A_dry_run_submits_nothing()
    {
        using var cluster = new FakeCluster("qsub", "qstat").Answer("qstat", Recorded.Pbs("version"), "--version");
        var dry = await BatchJob.DryRunAsync(Pbs, Spec("true"), cluster.Host, cluster.WorkFolder);
        Assert.Equal(["qsub", "-f", dry.Folder + "/job.sh"], dry.SubmitCommand);
        Assert.Contains("#PBS -l select=2:ncpus=2:mpiprocs=2", dry.Script, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(cluster.WorkFolder));
        Assert.DoesNotContain(cluster.Calls, call => call.StartsWith("qsub", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Another_process_comes_back_to_a_job_by_its_folder()
    {
        using var cluster = PbsCluster("start_job " + Id);
        cluster.Answer("qstat", Recorded.Pbs("running"), "", "", "70.pbsserver", Id, "\"fill\"", "\"@NAME@\"");
        string folder;
        await using (var first = await SubmitAsync(cluster, Pbs, Spec("sleep 0.5; echo done"))) folder = first.Folder;
        await using var again = await BatchJob.AttachAsync(Pbs, folder, cluster.Host);
        Assert.Equal(JobState.Completed, (await again.WaitAsync().WaitAsync(TimeSpan.FromSeconds(20))).State);
        Assert.Equal((Id, Path.GetFileName(folder)), (again.Id, again.Name));
        await Assert.ThrowsAsync<ArgumentException>(() => BatchJob.AttachAsync(new TorqueScheduler(), folder, cluster.Host));
        await Assert.ThrowsAsync<ArgumentException>(() => BatchJob.AttachAsync(Pbs, cluster.WorkFolder, cluster.Host));
    }

    [Fact]
    public async Task A_job_lives_on_Torque_too()
    {
        const string TorqueId = "1.torquehost.cluster.test";
        using var cluster = new FakeCluster("qsub", "qstat", "qselect", "qdel").Answer("qstat", Recorded.Torque("version"), "--version")
            .Answer("qsub", Recorded.Torque("submitted"), "", "start_job " + TorqueId)
            .Answer("qstat", Recorded.Torque("queued"), "", "", "33.torquehost.cluster.test", TorqueId, "<Job_Name>waits<", "<Job_Name>@NAME@<")
            .Answer("qstat", Recorded.Torque("server down"))
            .Answer("qstat", Recorded.Torque("running"), "", "", "32.torquehost.cluster.test", TorqueId, "<Job_Name>filler<", "<Job_Name>@NAME@<")
            .Answer("qstat", Recorded.Torque("finished with 3"), "", "", "37.torquehost.cluster.test", TorqueId, "<Job_Name>rc3<", "<Job_Name>@NAME@<");
        await using var job = await SubmitAsync(cluster, new TorqueScheduler { Pace = Quick }, Spec("sleep 0.3; exit 3"));
        var result = await job.WaitAsync().WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal((JobState.Failed, JobFailureReason.ExitCode, 3), (result.State, result.Reason, result.ExitCode));
    }

    [Theory]
    [InlineData("-11", JobState.Failed, JobFailureReason.Walltime, null)]
    [InlineData("271", JobState.Canceled, JobFailureReason.Canceled, null)]
    [InlineData("0", JobState.Completed, null, 0)]
    [InlineData(null, JobState.Failed, JobFailureReason.Signal, null)]
    public async Task Exit_code_0_after_a_signal_to_end_is_what_the_server_says_of_it(string? says, JobState state, JobFailureReason? reason, int? code)
    {
        const string TorqueId = "1.torquehost.cluster.test";
        using var cluster = new FakeCluster("qsub", "qstat", "qselect", "qdel").Answer("qstat", Recorded.Torque("version"), "--version")
            .Answer("qsub", Recorded.Torque("submitted"), "", "start_job " + TorqueId)
            .Answer("qstat", Recorded.Torque("running"), "", "until [ -e \"$base/ready\" ]; do sleep 0.02; done; signal_job TERM; until ls \"$base\"/work/*/attempt-1/exit >/dev/null 2>&1; do sleep 0.02; done", "32.torquehost.cluster.test", TorqueId, "<Job_Name>filler<", "<Job_Name>@NAME@<");
        if (says is null) cluster.Answer("qstat", Recorded.Torque("server down"));
        else cluster.Answer("qstat", Recorded.Torque("finished with 3"), "", "", "37.torquehost.cluster.test", TorqueId, "<Job_Name>rc3<", "<Job_Name>@NAME@<", "<exit_status>3<", $"<exit_status>{says}<");
        var ready = Path.Combine(Path.GetDirectoryName(cluster.Bin)!, "ready");
        // As Hydra does: it ends its ranks, and all is well.
        await using var job = await SubmitAsync(cluster, new TorqueScheduler { Pace = Quick }, Spec($"trap 'exit 0' TERM; touch {ShellText.Quote(ready)}; while :; do sleep 0.05; done"));
        var result = await job.WaitAsync().WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal((state, reason, code), (result.State, result.Reason, result.ExitCode));
        Assert.Equal(0, job.Attempt!.ExitCode);
    }

    [Fact]
    public async Task A_missing_working_folder_is_a_launch_failure()
    {
        using var cluster = PbsCluster("start_job " + Id);
        cluster.Answer("qstat", Recorded.Pbs("server down"));
        await using var job = await SubmitAsync(cluster, Pbs, Spec("true") with { WorkingFolder = "/no/such folder" });
        var result = await job.WaitAsync().WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(JobFailureReason.LaunchFailure, result.Reason);
        Assert.Contains("/no/such folder", result.Message, StringComparison.Ordinal);
    }

    private static FakeCluster PbsCluster(string afterSubmission) => new FakeCluster("qsub", "qstat", "qselect", "qdel", "qhold", "qrls")
        .Answer("qstat", Recorded.Pbs("version"), "--version").Answer("qsub", Recorded.Pbs("submitted"), "", afterSubmission);

    private static JobSpec Spec(string command) => new() { Resources = new() { Nodes = 2, RanksPerNode = 2 }, Command = ["bash", "-c", command] };

    private static Task<BatchJob> SubmitAsync(FakeCluster cluster, Scheduler scheduler, JobSpec spec) => BatchJob.SubmitAsync(scheduler, spec, cluster.Host, cluster.WorkFolder);

    private static async Task UntilAsync(Func<bool> condition)
    {
        for (var watch = Stopwatch.StartNew(); !condition(); await Task.Delay(20))
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), "It did not come about within 20 s.");
    }
}
