namespace PathosHpc.Tests;

public class PbsSchedulerTests
{
    private static readonly PbsScheduler Pbs = new();

    [Theory]
    [InlineData("queued", JobState.Queued)]
    [InlineData("running", JobState.Running)]
    [InlineData("held", JobState.Held)]
    [InlineData("waiting for a time", JobState.Queued)]
    [InlineData("waits for another job", JobState.Queued)]
    [InlineData("finished with 0", JobState.Completed, null, 0)]
    [InlineData("finished with 3", JobState.Failed, JobFailureReason.ExitCode, 3)]
    [InlineData("killed by signal 9", JobState.Failed, JobFailureReason.Signal, 137, 9)]
    [InlineData("program not executable", JobState.Failed, JobFailureReason.ExitCode, 254)]
    [InlineData("walltime exceeded", JobState.Failed, JobFailureReason.Walltime)]
    [InlineData("canceled while running", JobState.Canceled, JobFailureReason.Canceled, null, 15)]
    [InlineData("canceled without comment", JobState.Canceled, JobFailureReason.Canceled, null, 15)]
    [InlineData("canceled while queued", JobState.Canceled, JobFailureReason.Canceled)]
    [InlineData("canceled while held", JobState.Canceled, JobFailureReason.Canceled)]
    [InlineData("dependency failed", JobState.Failed, JobFailureReason.DependencyFailed)]
    [InlineData("dependency on an unknown job", JobState.Failed, JobFailureReason.DependencyFailed)]
    [InlineData("finished subjob", JobState.Completed, null, 0)]
    public void States_and_reasons_of_recorded_jobs(string name, JobState state, JobFailureReason? reason = null, int? exitCode = null, int? signal = null)
    {
        var record = Assert.Single(Pbs.ReadHistory(Recorded.Pbs(name), []).Records);
        Assert.Equal((state, reason, exitCode, signal), (record.State, record.Reason, record.ExitCode, record.Signal));
    }

    [Fact]
    public void Who_canceled_is_told() =>
        Assert.Equal("user1", Assert.Single(Pbs.ReadHistory(Recorded.Pbs("canceled while running"), []).Records).CanceledBy);

    /// <summary>An order to cancel that comes while the job ends marks it as terminated, but its exit status stays.</summary>
    [Fact]
    public void A_cancel_that_came_too_late_is_no_cancel()
    {
        var recorded = Recorded.Pbs("canceled while running");
        var late = recorded with { StandardOutput = recorded.StandardOutput.Replace("\"Exit_status\":\t271", "\"Exit_status\":\t0", StringComparison.Ordinal) };
        Assert.NotEqual(recorded.StandardOutput, late.StandardOutput);
        Assert.Equal(JobState.Completed, Assert.Single(Pbs.ReadHistory(late, []).Records).State);
    }

    [Fact]
    public void A_cancel_that_the_script_turned_into_an_exit_code_is_one()
    {
        var recorded = Recorded.Pbs("canceled while running");
        var trapped = recorded with { StandardOutput = recorded.StandardOutput.Replace("\"Exit_status\":\t271", "\"Exit_status\":\t143", StringComparison.Ordinal) };
        Assert.Equal(JobFailureReason.Canceled, Assert.Single(Pbs.ReadHistory(trapped, []).Records).Reason);
    }

    [Theory]
    [InlineData("-4", JobFailureReason.NodeFailure)]
    [InlineData("-27", JobFailureReason.OutOfMemory)]
    [InlineData("-1", JobFailureReason.LaunchFailure)]
    [InlineData("266", JobFailureReason.Signal)]
    public void Other_exit_statuses(string status, JobFailureReason reason)
    {
        var recorded = Recorded.Pbs("walltime exceeded");
        var other = recorded.StandardOutput.Replace("\"Exit_status\":\t-29", $"\"Exit_status\":\t{status}", StringComparison.Ordinal)
            .Replace("exceeded resource walltime", "failed", StringComparison.Ordinal).Replace("\"walltime\":\t\"00:00:20\"", "\"walltime\":\t\"00:00:01\"", StringComparison.Ordinal);
        Assert.Equal(reason, Assert.Single(Pbs.ReadHistory(recorded with { StandardOutput = other }, []).Records).Reason);
    }

    [Fact]
    public void A_request_that_can_never_be_met_is_told()
    {
        var recorded = Recorded.Pbs("queued");
        Assert.False(Assert.Single(Pbs.ReadQuery(recorded, ["71.pbsserver"]).Records).CanNeverRun);
        var never = recorded.StandardOutput.Replace("Not Running: Not enough free nodes available", "Can Never Run: Insufficient amount of resource: ncpus (R: 6 A: 4 T: 4)", StringComparison.Ordinal);
        Assert.True(Assert.Single(Pbs.ReadQuery(recorded with { StandardOutput = never }, ["71.pbsserver"]).Records).CanNeverRun);
    }

    [Fact]
    public void A_state_of_an_unknown_letter_is_kept_and_is_no_end()
    {
        var recorded = Recorded.Pbs("running");
        var record = Assert.Single(Pbs.ReadQuery(recorded with { StandardOutput = recorded.StandardOutput.Replace("\"job_state\":\t\"R\"", "\"job_state\":\t\"Y\"", StringComparison.Ordinal) }, []).Records);
        Assert.Equal((JobState.Unknown, "Y", false), (record.State, record.StateWord, record.HasEnded));
    }

    [Theory]
    [InlineData("odd: invalid escape")]
    [InlineData("odd: numbers for strings")]
    [InlineData("odd: mixed values")]
    public void Odd_JSON_is_read(string name) => Assert.Equal(JobState.Held, Assert.Single(Pbs.ReadQuery(Recorded.Pbs(name), []).Records).State);

    [Fact]
    public void An_unknown_id_is_told_from_a_question_that_failed()
    {
        Assert.Equal("99999.pbsserver", Assert.Single(Pbs.ReadQuery(Recorded.Pbs("unknown"), ["99999.pbsserver"]).UnknownIds));
        Assert.Equal(["1", "2", "3"], Pbs.ReadQuery(Recorded.Pbs("three unknown"), ["1", "2", "3"]).UnknownIds);
        var finished = Pbs.ReadQuery(Recorded.Pbs("finished, asked without -x"), ["81.pbsserver"]);
        Assert.Equal((null, "81.pbsserver"), (finished.Problem, Assert.Single(finished.UnknownIds)));
        foreach (var name in new[] { "server down", "server down, history" })
        {
            var down = Pbs.ReadQuery(Recorded.Pbs(name), ["169"]);
            Assert.Empty(down.UnknownIds);
            Assert.Contains("Connection refused", down.Problem, StringComparison.Ordinal);
        }
    }

    /// <summary>Servers name themselves with their domain, without it, or as their clients know them; wrappers print around the answer.</summary>
    [Theory]
    [InlineData("7.pbsserver", "7.pbsserver.example.org")]
    [InlineData("7.pbsserver.example.org", "7.pbsserver")]
    [InlineData("7", "7.pbsserver")]
    public void An_id_is_known_in_each_of_its_forms(string asked, string printed)
    {
        var recorded = Recorded.Pbs("running");
        var id = Pbs.ReadQuery(recorded, []).Records[0].Id;
        var noise = new CommandResult(0, "Welcome to the cluster\nMaintenance: [Monday]\n" + recorded.StandardOutput.Replace(id, printed, StringComparison.Ordinal) + "\nbye\n", "", default);
        Assert.Equal(asked, Assert.Single(Pbs.ReadQuery(noise, [asked]).Records).Id);
        Assert.Equal(asked, Assert.Single(Pbs.ReadQuery(new CommandResult(153, "", $"qstat: Unknown Job Id {printed}\n", default), [asked]).UnknownIds));
        Assert.Empty(Pbs.ReadQuery(new CommandResult(153, "", "qstat: Unknown Job Id 77.pbsserver\n", default), [asked, "77.pbsserver"]).Records);
        Assert.Equal("77.pbsserver", Assert.Single(Pbs.ReadQuery(new CommandResult(153, "", "qstat: Unknown Job Id 77.pbsserver\n", default), [asked, "77.pbsserver"]).UnknownIds));
    }

    [Theory]
    [InlineData("a\tb")]
    [InlineData("line\nend")]
    [InlineData("\u0001\u001b[31m")]
    [InlineData("\\u12 \\x41 \\'")]
    public void Values_that_JSON_does_not_allow_are_read(string value)
    {
        var recorded = Recorded.Pbs("running");
        var json = recorded.StandardOutput.Replace("\"Variable_List\":\t{", "\"Variable_List\":\t{\"ODD\":\"" + value + "\",", StringComparison.Ordinal);
        Assert.NotEqual(recorded.StandardOutput, json);
        Assert.Equal(JobState.Running, Assert.Single(Pbs.ReadQuery(new CommandResult(0, json, "", default), []).Records).State);
    }

    /// <summary>With history off, the default of a server, -x is refused whatever the job does; without it a finished job is unknown.</summary>
    [Fact]
    public void History_that_is_off_is_no_answer_about_the_job()
    {
        Assert.Equal("170.pbsserver", Assert.Single(Pbs.ReadQuery(Recorded.Pbs("history off, queue"), ["170.pbsserver"]).UnknownIds));
        var history = Pbs.ReadHistory(Recorded.Pbs("history off, history"), ["170.pbsserver"]);
        Assert.True(history.HasNoHistory);
        Assert.Equal("170.pbsserver", Assert.Single(history.UnknownIds));
        Assert.DoesNotContain("-x", Pbs.QueryCommand(["1"]).Arguments);
        Assert.Contains("-x", Pbs.HistoryCommand(["1"]).Arguments);
    }

    [Theory]
    [InlineData("submitted", "7.pbsserver", false)]
    [InlineData("environment refused", null, true)]
    [InlineData("unknown queue", null, true)]
    [InlineData("queue disabled", null, true)]
    [InlineData("unknown resource", null, true)]
    [InlineData("walltime over the limit of the queue", null, true)]
    [InlineData("bad walltime", null, true)]
    [InlineData("server down at submission", null, false)]
    public void What_came_of_a_submission(string name, string? id, bool rejected)
    {
        var submission = Pbs.ReadSubmission(Recorded.Pbs(name));
        Assert.Equal((id, rejected), (submission.JobId, submission.IsRejected));
    }

    [Theory]
    [InlineData("Budget left: 17.5 h\n7.pbsserver\n", "7.pbsserver", true)]
    [InlineData("your job 7.pbsserver was queued, see https://x.y/1.html.\n", "7.pbsserver", false)]
    [InlineData("7.pbsserver\nYou have 12 jobs queued; 17.5 h are left.\n42\n", "7.pbsserver", true)]
    [InlineData("17.5\n7.pbsserver.example.org\r\n3\n", "7.pbsserver.example.org", true)]
    [InlineData("job_submit hook: project ok\n  4711\n", "4711", false)]
    [InlineData("99[].pbsserver\n", "99[].pbsserver", true)]
    [InlineData("0.server.example.org\n", "0.server.example.org", true)]
    public void The_id_is_found_in_any_line(string output, string id, bool certain)
    {
        var submission = Pbs.ReadSubmission(new CommandResult(0, output, "", default));
        Assert.Equal((id, certain), (submission.JobId, submission.IsCertain));
    }

    [Theory]
    [InlineData("canceled", JobControlAnswer.Accepted)]
    [InlineData("cancel of a finished job", JobControlAnswer.AlreadyEnded)]
    [InlineData("cancel of an unknown job", JobControlAnswer.AlreadyEnded)]
    [InlineData("history off, cancel", JobControlAnswer.AlreadyEnded)]
    [InlineData("cancel of another's job", JobControlAnswer.Refused)]
    [InlineData("cancel, node dead", JobControlAnswer.Refused)]
    [InlineData("server down, cancel", JobControlAnswer.Refused)]
    [InlineData("hold", JobControlAnswer.Accepted)]
    [InlineData("hold of an unknown job", JobControlAnswer.AlreadyEnded)]
    public void What_came_of_an_order(string name, JobControlAnswer answer) => Assert.Equal(answer, Pbs.ReadControl(Recorded.Pbs(name)));

    [Fact]
    public void Jobs_are_found_by_name()
    {
        Assert.Equal(["72.pbsserver"], Pbs.ReadFound(Recorded.Pbs("found by name")));
        Assert.Empty(Pbs.ReadFound(Recorded.Pbs("none of that name"))!);
        Assert.Null(Pbs.ReadFound(Recorded.Pbs("server down, find")));
    }

    [Fact]
    public void The_version_tells_PBS_from_others()
    {
        Assert.Equal(new Version(23, 6), Pbs.ReadVersion(Recorded.Pbs("version")));
        Assert.Null(Pbs.ReadVersion(Recorded.Torque("version")));
        Assert.Null(Pbs.ReadVersion(Recorded.Slurm("version")));
        Assert.Null(Pbs.ReadVersion(Recorded.Pbs("version of a Slurm wrapper")));
    }

    [Fact]
    public void Everything_that_cannot_be_honoured_is_told_at_once()
    {
        var pbs = new PbsScheduler { Queue = "a", Reservation = "b", QualityOfService = "high", Hyperthreads = true, Mail = JobMail.End };
        var errors = pbs.Check(new JobSpec { Command = ["true"], Resources = new() { Ranks = 4, MemoryPerNode = MemorySize.GiB(1), NodeType = "fast", Extra = "ncpus=4" } });
        Assert.Equal(7, errors.Count);
        Assert.All(errors, error => Assert.EndsWith(".", error, StringComparison.Ordinal));
    }

    [Fact]
    public void The_request_is_compared_with_what_was_recorded()
    {
        var record = Assert.Single(Pbs.ReadQuery(Recorded.Pbs("running"), []).Records);
        var plan = new JobPlan { JobName = "x", Spec = new JobSpec { Command = ["true"], Resources = new() { Nodes = 2, RanksPerNode = 1, CoresPerRank = 2, Walltime = TimeSpan.FromMinutes(5) } } };
        Assert.Empty(Pbs.Differences(plan, record));
        Assert.Single(Pbs.Differences(plan with { Spec = plan.Spec with { Resources = plan.Spec.Resources with { Walltime = TimeSpan.FromHours(1) } } }, record));
    }

    [Fact]
    public void The_log_tells_a_walltime_that_was_exceeded()
    {
        Assert.Equal(JobFailureReason.Walltime, Pbs.ReadLog("begin\n=>> PBS: job killed: walltime 10 exceeded limit 5\n"));
        Assert.Null(Pbs.ReadLog("walltime\n"));
    }
}
