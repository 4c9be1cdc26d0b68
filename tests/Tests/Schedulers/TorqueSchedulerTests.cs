namespace PathosHpc.Tests;

public class TorqueSchedulerTests
{
    private const string Server = ".torquehost.cluster.test";
    private static readonly TorqueScheduler Torque = new();

    [Theory]
    [InlineData("queued", "33", JobState.Queued)]
    [InlineData("queue stopped", "35", JobState.Queued)]
    [InlineData("running", "32", JobState.Running)]
    [InlineData("held", "34", JobState.Held)]
    [InlineData("waiting for a time", "36", JobState.Queued)]
    [InlineData("waits for another job", "63", JobState.Queued)]
    [InlineData("finished with 0", "1", JobState.Completed, null, 0)]
    [InlineData("finished with 3", "37", JobState.Failed, JobFailureReason.ExitCode, 3)]
    [InlineData("canceled while queued", "44", JobState.Canceled, JobFailureReason.Canceled)]
    public void States_and_reasons_of_recorded_jobs(string name, string id, JobState state, JobFailureReason? reason = null, int? exitCode = null)
    {
        var record = Assert.Single(Torque.ReadQuery(Recorded.Torque(name), [id + Server]).Records);
        Assert.Equal((state, reason, exitCode), (record.State, record.Reason, record.ExitCode));
    }

    [Theory]
    [InlineData("-11", JobState.Failed, JobFailureReason.Walltime)]
    [InlineData("-10", JobState.Failed, JobFailureReason.OutOfMemory)]
    [InlineData("-5", JobState.Failed, JobFailureReason.NodeFailure)]
    [InlineData("-9", JobState.Failed, JobFailureReason.LaunchFailure)]
    [InlineData("271", JobState.Canceled, JobFailureReason.Canceled)]
    [InlineData("266", JobState.Failed, JobFailureReason.Signal)]
    [InlineData("143", JobState.Failed, JobFailureReason.Signal)]
    public void Other_exit_statuses(string status, JobState state, JobFailureReason reason)
    {
        var record = Changed("finished with 3", "37", "<exit_status>3<", $"<exit_status>{status}<");
        Assert.Equal((state, reason), (record.State, record.Reason));
    }

    /// <summary>Version 5 and older end a job over its walltime with qdel's status.</summary>
    [Fact]
    public void A_job_that_used_its_walltime_up_exceeded_it()
    {
        var record = Changed("finished with 3", "37", "<exit_status>3<", "<exit_status>271<", "<walltime>00:00:00</walltime>", "<walltime>01:00:00</walltime>");
        Assert.Equal(JobFailureReason.Walltime, record.Reason);
    }

    [Fact]
    public void A_job_deleted_for_its_dependency_did_not_fail_by_itself()
    {
        var record = Changed("finished with 3", "37", "<exit_status>3<", "<exit_status>271<", "Job started on Sun Nov 22 at 08:14", "Job deleted as result of dependency on job 64" + Server);
        Assert.Equal((JobState.Failed, JobFailureReason.DependencyFailed), (record.State, record.Reason));
    }

    [Fact]
    public void The_exit_status_of_an_earlier_run_is_no_end() =>
        Assert.False(Changed("finished with 3", "37", "<job_state>C<", "<job_state>R<").HasEnded);

    [Fact]
    public void A_request_that_can_never_be_met_is_told() =>
        Assert.True(Changed("queued", "33", "Not Running: Not enough of the right type of nodes are available", "Not Running - PBS Error: Unknown node-attribute").CanNeverRun);

    [Fact]
    public void One_document_an_id_is_read_and_the_unknown_id_told()
    {
        var answer = Torque.ReadQuery(Recorded.Torque("two known and one unknown"), ["99" + Server, "100" + Server, "99999"]);
        Assert.Equal(["99" + Server, "100" + Server], answer.Records.Select(r => r.Id));
        Assert.Equal(["n&<x>", "two"], answer.Records.Select(r => r.Name));
        Assert.Equal("99999", Assert.Single(answer.UnknownIds));
    }

    [Fact]
    public void Noise_and_characters_that_XML_does_not_have_hide_no_job()
    {
        var recorded = Recorded.Torque("two known and one unknown").StandardOutput;
        var noise = "Welcome <user> & all\n" + recorded.Replace("<Job_Name>two", "<Job_Name>two&#x1;\u0007&#27;", StringComparison.Ordinal).Replace("<?xml", "hook: 17.5 h left <?xml", StringComparison.Ordinal);
        var answer = Torque.ReadQuery(new CommandResult(0, noise, "", default), ["99", "100.torquehost"]);
        Assert.Equal(["99", "100.torquehost"], answer.Records.Select(r => r.Id));
        Assert.StartsWith("two", answer.Records[1].Name, StringComparison.Ordinal);
    }

    [Fact]
    public void Jobs_that_were_not_asked_about_are_left_out() =>
        Assert.Equal("55[2]" + Server, Assert.Single(Torque.ReadQuery(Recorded.Torque("array without -t prints every job"), ["55[2]" + Server]).Records).Id);

    [Fact]
    public void An_unknown_id_is_told_from_a_question_that_failed()
    {
        Assert.Equal("99999", Assert.Single(Torque.ReadQuery(Recorded.Torque("unknown"), ["99999"]).UnknownIds));
        var down = Torque.ReadQuery(Recorded.Torque("server down"), ["124" + Server]);
        Assert.Empty(down.UnknownIds);
        Assert.Contains("Connection refused", down.Problem, StringComparison.Ordinal);
        var others = Torque.ReadQuery(new CommandResult(159, "", "qstat: Unauthorized Request  5" + Server + "\n", default), ["5" + Server]);
        Assert.Empty(others.UnknownIds);
        Assert.NotNull(others.Problem);
    }

    [Theory]
    [InlineData("submitted", "1" + Server, false)]
    [InlineData("unknown queue", null, true)]
    [InlineData("too many nodes", null, true)]
    [InlineData("walltime over the limit of the queue", null, true)]
    [InlineData("unknown resource", null, true)]
    [InlineData("root", null, true)]
    [InlineData("server shutting down", null, false)]
    public void What_came_of_a_submission(string name, string? id, bool rejected)
    {
        var submission = Torque.ReadSubmission(Recorded.Torque(name));
        Assert.Equal((id, rejected), (submission.JobId, submission.IsRejected));
    }

    [Theory]
    [InlineData("canceled", JobControlAnswer.Accepted)]
    [InlineData("cancel of a finished job", JobControlAnswer.AlreadyEnded)]
    [InlineData("cancel of an unknown job", JobControlAnswer.AlreadyEnded)]
    [InlineData("cancel, node dead", JobControlAnswer.Refused)]
    [InlineData("hold", JobControlAnswer.Accepted)]
    [InlineData("hold of an unknown job", JobControlAnswer.AlreadyEnded)]
    public void What_came_of_an_order(string name, JobControlAnswer answer) => Assert.Equal(answer, Torque.ReadControl(Recorded.Torque(name)));

    [Fact]
    public void The_version_tells_Torque_from_others()
    {
        Assert.Equal(new Version(6, 1), Torque.ReadVersion(Recorded.Torque("version")));
        Assert.Null(Torque.ReadVersion(Recorded.Pbs("version")));
        Assert.Null(Torque.ReadVersion(Recorded.Slurm("version")));
        Assert.Null(Torque.ReadVersion(Recorded.Pbs("version of a Slurm wrapper")));
    }

    [Fact]
    public void Everything_that_cannot_be_honoured_is_told_at_once()
    {
        var torque = new TorqueScheduler { Exclusive = true, Hyperthreads = false, QualityOfService = "high", Reservation = "r", ExtraDirectives = ["-l select=4:ncpus=2"] };
        var errors = torque.Check(new JobSpec { Command = ["true"], Resources = new() { Ranks = 4, Extra = "select=4" } });
        Assert.Equal(7, errors.Count);
        Assert.All(errors, error => Assert.EndsWith(".", error, StringComparison.Ordinal));
    }

    private static JobRecord Changed(string name, string id, params string[] replacements)
    {
        var recorded = Recorded.Torque(name);
        var text = recorded.StandardOutput;
        for (var i = 0; i < replacements.Length; i += 2)
        {
            Assert.Contains(replacements[i], text, StringComparison.Ordinal);
            text = text.Replace(replacements[i], replacements[i + 1], StringComparison.Ordinal);
        }
        return Assert.Single(Torque.ReadQuery(recorded with { StandardOutput = text }, [id + Server]).Records);
    }
}
