namespace PathosHpc.Tests;

public class SlurmSchedulerTests
{
    private static readonly SlurmScheduler Slurm = new();

    [Theory]
    [InlineData("finished with 0", JobState.Completed, null, 0)]
    [InlineData("finished with 7", JobState.Failed, JobFailureReason.ExitCode, 7)]
    [InlineData("killed by signal 11", JobState.Failed, JobFailureReason.Signal, null, 11)]
    [InlineData("running", JobState.Running)]
    [InlineData("held", JobState.Held)]
    [InlineData("waits for another job", JobState.Queued)]
    [InlineData("dependency can never be satisfied", JobState.Queued)]
    [InlineData("dependency failed", JobState.Canceled, JobFailureReason.DependencyFailed, 0)]
    [InlineData("over the limit of the partition", JobState.Queued)]
    [InlineData("more nodes than there are", JobState.Queued)]
    [InlineData("log cannot be written", JobState.Failed, JobFailureReason.LaunchFailure, null, 53)]
    [InlineData("requeued", JobState.Queued)]
    [InlineData("canceled while queued", JobState.Canceled, JobFailureReason.Canceled, 0)]
    [InlineData("canceled while running", JobState.Canceled, JobFailureReason.Canceled, 0)]
    [InlineData("suspended", JobState.Suspended)]
    public void States_and_reasons_of_recorded_jobs(string name, JobState state, JobFailureReason? reason = null, int? exitCode = null, int? signal = null)
    {
        var record = Assert.Single(Query(name).Records);
        Assert.Equal((state, reason, signal), (record.State, record.Reason, record.Signal));
        if (record.HasEnded) Assert.Equal(exitCode, record.ExitCode);
    }

    [Theory]
    [InlineData("dependency can never be satisfied", true)]
    [InlineData("over the limit of the partition", true)]
    [InlineData("more nodes than there are", true)]
    [InlineData("waits for another job", false)]
    [InlineData("held", false)]
    [InlineData("dependency failed", false)]
    public void A_request_that_can_never_be_met_is_told(string name, bool never) => Assert.Equal(never, Assert.Single(Query(name).Records).CanNeverRun);

    [Fact]
    public void What_was_recorded_is_read_back()
    {
        var record = Assert.Single(Query("running").Records);
        Assert.Equal(("10", "runs", "debug", 2, 4), (record.Id, record.Name, record.Queue, record.Nodes, record.Ranks));
        Assert.Equal((TimeSpan.FromHours(1), MemorySize.MiB(100), "n[3-4]"), (record.Walltime, record.Memory, record.NodeList));
        Assert.Null(Assert.Single(Query("name with a separator").Records).ExpectedStart);
        Assert.Equal("a|b c", Assert.Single(Query("name with a separator").Records).Name);
        Assert.Null(Assert.Single(Query("canceled while queued").Records).Ranks);
    }

    [Fact]
    public void Differences_between_the_request_and_the_record_are_told()
    {
        var record = Assert.Single(Query("running").Records);
        var asked = new ResourceRequest { Nodes = 2, RanksPerNode = 2, CoresPerRank = 2, MemoryPerNode = MemorySize.MiB(100), Walltime = TimeSpan.FromMinutes(59.5) };
        Assert.Empty(Slurm.Differences(Plan(asked), record));
        var other = new SlurmScheduler { Queue = "long" }.Differences(Plan(asked with { Nodes = 3, MemoryPerNode = MemorySize.GiB(1), Walltime = TimeSpan.FromHours(2) }), record);
        Assert.Equal(5, other.Count);
        Assert.Contains("The walltime asked for was 02:00:00, but Slurm recorded 01:00:00 for job 10.", other);
    }

    [Fact]
    public void An_unknown_id_is_told_from_a_question_that_failed()
    {
        var unknown = Slurm.ReadQuery(Recorded.Slurm("unknown"), ["99999"]);
        Assert.Equal((null, 0), (unknown.Problem, unknown.Records.Count));
        Assert.Equal("99999", Assert.Single(unknown.UnknownIds));
        var mixed = Slurm.ReadQuery(Recorded.Slurm("known and unknown"), ["10", "99999", "7"]);
        Assert.Equal(["7", "10"], mixed.Records.Select(r => r.Id));
        Assert.Equal("99999", Assert.Single(mixed.UnknownIds));
        var down = Slurm.ReadQuery(Recorded.Slurm("controller down"), ["10"]);
        Assert.Empty(down.UnknownIds);
        Assert.Contains("Unable to contact slurm controller", down.Problem, StringComparison.Ordinal);
        var frozen = Slurm.ReadQuery(new CommandResult(-1, "", "", TimeSpan.FromSeconds(30)) { TimedOut = true }, ["10"]);
        Assert.Empty(frozen.UnknownIds);
        Assert.NotNull(frozen.Problem);
        var cut = Slurm.ReadQuery(new CommandResult(1, "10|RUNN", "", default), ["10"]);
        Assert.NotNull(cut.Problem);
    }

    [Theory]
    [InlineData("submitted", "3", true, false)]
    [InlineData("submitted without --parsable", "4", false, false)]
    [InlineData("too many nodes is accepted", "6", true, false)]
    [InlineData("unknown partition", null, false, true)]
    [InlineData("bad walltime", null, false, true)]
    [InlineData("too much memory", null, false, true)]
    [InlineData("unknown option", null, false, true)]
    [InlineData("line ends of DOS", null, false, true)]
    [InlineData("no script", null, false, true)]
    [InlineData("controller down, submission", null, false, false)]
    public void What_came_of_a_submission(string name, string? id, bool certain, bool rejected) =>
        Assert.Equal(new JobSubmission(id, certain, rejected), Slurm.ReadSubmission(Recorded.Slurm(name)));

    [Theory]
    [InlineData("*** welcome to the cluster ***\n4711\n", "4711")]
    [InlineData("4711;cluster2\nremaining budget: 17 h\n", "4711")]
    [InlineData("\x1b[1mSubmitted batch job 4711\x1b[0m on cluster x\n", "4711")]
    public void The_id_is_found_in_any_line(string output, string id) => Assert.Equal(id, Slurm.ReadSubmission(new CommandResult(0, output, "", default)).JobId);

    [Theory]
    [InlineData("cancel of an unknown job", JobControlAnswer.AlreadyEnded)]
    [InlineData("cancel of a finished job", JobControlAnswer.AlreadyEnded)]
    [InlineData("canceled", JobControlAnswer.Accepted)]
    [InlineData("cancel of garbage", JobControlAnswer.Refused)]
    [InlineData("controller down, cancel", JobControlAnswer.Refused)]
    [InlineData("hold", JobControlAnswer.Accepted)]
    [InlineData("hold of an unknown job", JobControlAnswer.AlreadyEnded)]
    [InlineData("hold of a finished job", JobControlAnswer.AlreadyEnded)]
    [InlineData("release", JobControlAnswer.Accepted)]
    public void What_came_of_an_order(string name, JobControlAnswer answer) => Assert.Equal(answer, Slurm.ReadControl(Recorded.Slurm(name)));

    [Fact]
    public void Jobs_are_found_by_name()
    {
        Assert.Equal(["10"], Slurm.ReadFound(Recorded.Slurm("found by name")));
        Assert.Empty(Slurm.ReadFound(Recorded.Slurm("none of that name"))!);
        Assert.Null(Slurm.ReadFound(Recorded.Slurm("controller down, find")));
    }

    [Fact]
    public void Accounting_that_is_off_is_no_answer_about_the_job()
    {
        var answer = Slurm.ReadHistory(Recorded.Slurm("no accounting"), ["7"]);
        Assert.True(answer.HasNoHistory);
        Assert.Equal("7", Assert.Single(answer.UnknownIds));
    }

    [Fact]
    public void History_tells_who_canceled()
    {
        const string Output = "4|CANCELLED by 1000|0:0|None|n1|four-abc\n3|FAILED|5:0|None|n1|allocation\n8|TIMEOUT|0:15|TimeLimit|n1|x\n9|OUT_OF_MEMORY|0:125|OutOfMemory|n2|y\n";
        var answer = Slurm.ReadHistory(new CommandResult(0, Output, "", default), ["3", "4", "8", "9", "12"]);
        Assert.Equal(["1000", null, null, null], answer.Records.Select(r => r.CanceledBy));
        Assert.Equal([JobFailureReason.Canceled, JobFailureReason.ExitCode, JobFailureReason.Walltime, JobFailureReason.OutOfMemory], answer.Records.Select(r => r.Reason!.Value));
        Assert.Equal(["four-abc", null, "x", "y"], answer.Records.Select(r => r.Name));
        Assert.Equal("12", Assert.Single(answer.UnknownIds));
    }

    [Theory]
    [InlineData("NODE_FAIL", JobState.Failed, JobFailureReason.NodeFailure)]
    [InlineData("BOOT_FAIL", JobState.Failed, JobFailureReason.NodeFailure)]
    [InlineData("TIMEOUT", JobState.Failed, JobFailureReason.Walltime)]
    [InlineData("DEADLINE", JobState.Failed, JobFailureReason.Walltime)]
    [InlineData("OUT_OF_MEMORY", JobState.Failed, JobFailureReason.OutOfMemory)]
    [InlineData("PREEMPTED", JobState.Failed, JobFailureReason.Canceled)]
    [InlineData("COMPLETING", JobState.Ending, null)]
    [InlineData("CONFIGURING", JobState.Queued, null)]
    [InlineData("STOPPED", JobState.Suspended, null)]
    [InlineData("SPECIAL_EXIT", JobState.Held, null)]
    [InlineData("REQUEUE_HOLD", JobState.Held, null)]
    [InlineData("SOMETHING_NEW", JobState.Unknown, null)]
    public void Every_word_has_a_meaning_and_an_unknown_one_is_kept(string word, JobState state, JobFailureReason? reason)
    {
        var record = Assert.Single(Slurm.ReadQuery(new CommandResult(0, $"5|{word}|None|0|debug|1|1|5:00|50M|n1|2026-11-22T14:40:00|x\n", "", default), ["5"]).Records);
        Assert.Equal((state, reason, word), (record.State, record.Reason, record.StateWord));
        Assert.Equal(new DateTime(2026, 11, 22, 14, 40, 0), record.ExpectedStart!.Value.DateTime);
        Assert.Equal(state is JobState.Failed, record.HasEnded);
    }

    [Fact]
    public void The_version_tells_Slurm_from_others()
    {
        Assert.Equal(new Version(22, 5), Slurm.ReadVersion(Recorded.Slurm("version")));
        Assert.Null(Slurm.ReadVersion(Recorded.Pbs("version")));
        Assert.Null(Slurm.ReadVersion(Recorded.Torque("version")));
        Assert.Null(Slurm.ReadVersion(new CommandResult(127, "", "no such program", default)));
    }

    [Fact]
    public void Nothing_of_the_callers_Slurm_reaches_the_command_but_its_configuration()
    {
        var command = Slurm.SubmitCommand(Plan(new()), "/f/job.sh");
        Assert.Equal(["sbatch", "--parsable", "/f/job.sh"], command.Arguments);
        Assert.Equal(new Dictionary<string, string> { ["SBATCH_EXPORT"] = "ALL" }, command.Variables);
        Assert.All(["SBATCH_PARTITION", "SLURM_MEM_PER_CPU", "SLURM_JOB_ID", "SQUEUE_FORMAT", "LC_ALL", "LD_LIBRARY_PATH", "anything"], name => Assert.True(command.Hides(name), name));
        Assert.False(command.Hides("SLURM_CONF"));
        Assert.False(command.Hides("PATH"));
    }

    [Fact]
    public void A_folder_of_odd_characters_goes_on_the_command_line()
    {
        var plan = Plan(new()) with { Folder = "/a b/it's 5%\n" };
        Assert.Contains("--chdir=/a b/it's 5%\n", Slurm.SubmitCommand(plan, "/x").Arguments);
        Assert.Contains("--output=/a b/it's 5%%\n/scheduler.log", Slurm.SubmitCommand(plan, "/x").Arguments);
        Assert.DoesNotContain("--chdir", Slurm.RenderScript(plan), StringComparison.Ordinal);
    }

    [Fact]
    public void Export_is_NIL_where_it_is_known_and_NONE_elsewhere()
    {
        Assert.Contains("#SBATCH --export=NIL\n", Slurm.RenderScript(Plan(new()) with { SchedulerVersion = new Version(24, 11) }), StringComparison.Ordinal);
        Assert.Contains("#SBATCH --export=NONE\n", Slurm.RenderScript(Plan(new()) with { SchedulerVersion = new Version(19, 5) }), StringComparison.Ordinal);
        Assert.Contains("#SBATCH --export=NONE\n", Slurm.RenderScript(Plan(new())), StringComparison.Ordinal);
    }

    [Fact]
    public void What_follows_a_comma_of_the_node_string_becomes_a_directive_or_an_error()
    {
        Assert.Contains("#SBATCH --partition=foo\n", Slurm.RenderScript(Plan(ResourceRequest.Parse("4:ppn=2,partition=foo"))), StringComparison.Ordinal);
        var error = Assert.Throws<InvalidJobException>(() => Slurm.RenderScript(Plan(ResourceRequest.Parse("4,feature=x,odd"))));
        Assert.Equal(2, error.Errors.Count);
    }

    private static JobQueryAnswer Query(string name)
    {
        var result = Recorded.Slurm(name);
        return Slurm.ReadQuery(result, [result.StandardOutput.Split('|')[0]]);
    }

    private static JobPlan Plan(ResourceRequest resources) => new() { JobName = "x-abc", Spec = new JobSpec { Resources = resources, Command = ["true"] } };
}
