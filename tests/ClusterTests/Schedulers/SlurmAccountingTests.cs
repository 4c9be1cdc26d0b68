using System.Diagnostics;
using System.Runtime.Versioning;

namespace PathosHpc.ClusterTests;

/// <summary>What sacct says of jobs that have ended.</summary>
[UnsupportedOSPlatform("windows")]
public class SlurmAccountingTests(PrivateSlurmWithAccounting slurm) : IClassFixture<PrivateSlurmWithAccounting>
{
    [Fact]
    public async Task History_tells_how_jobs_ended()
    {
        await using var good = await slurm.SubmitAsync("true");
        await using var bad = await slurm.SubmitAsync("exit 5");
        await using var killed = await slurm.SubmitAsync("kill -SEGV $$");
        await using var canceled = await slurm.SubmitAsync("sleep 60");
        await using var waiting = await slurm.SubmitAsync("true", spec => spec with { Held = true });
        await canceled.WaitForStartAsync().WaitAsync(TimeSpan.FromSeconds(30));
        await Task.WhenAll(canceled.CancelAsync(), waiting.CancelAsync(), good.WaitAsync(), bad.WaitAsync(), killed.WaitAsync()).WaitAsync(TimeSpan.FromSeconds(60));

        BatchJob[] jobs = [good, bad, killed, canceled, waiting];
        var scheduler = new SlurmScheduler();
        string[] ids = [.. jobs.Select(job => job.Id), "99999"];
        JobQueryAnswer answer;
        // slurmctld tells the database a moment later.
        for (var watch = Stopwatch.StartNew(); ; await Task.Delay(500))
        {
            answer = scheduler.ReadHistory(await slurm.Host.RunAsync(scheduler.HistoryCommand(ids)), ids);
            if (answer.Records.Count(r => r.HasEnded && r.Name is not null) == jobs.Length) break;
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), string.Join('\n', answer.Records) + answer.Problem);
        }
        JobRecord Of(BatchJob job) => answer.Records.Single(r => r.Id == job.Id);
        Assert.Equal((JobState.Completed, 0, null), (Of(good).State, Of(good).ExitCode, Of(good).Reason));
        Assert.Equal((JobState.Failed, 5, JobFailureReason.ExitCode), (Of(bad).State, Of(bad).ExitCode, Of(bad).Reason));
        // sacct shows the script's exit code 139 as 11: only the exit file of the job tells that it was a signal.
        Assert.Equal((JobState.Failed, 11), (Of(killed).State, Of(killed).ExitCode));
        Assert.Equal((JobFailureReason.Signal, 11), (killed.Result!.Reason, killed.Result.Signal));
        Assert.All([canceled, waiting], job => Assert.Equal((JobState.Canceled, JobFailureReason.Canceled), (Of(job).State, Of(job).Reason)));
        Assert.All([canceled, waiting], job => Assert.NotNull(Of(job).CanceledBy));
        Assert.All(jobs, job => Assert.Equal(job.Name, Of(job).Name));
        Assert.Equal("99999", Assert.Single(answer.UnknownIds));
    }

    [Fact]
    public async Task A_database_that_is_down_is_no_answer_and_jobs_go_on()
    {
        await using var job = await slurm.SubmitAsync("true");
        Assert.Equal(JobState.Completed, (await job.WaitAsync().WaitAsync(TimeSpan.FromSeconds(60))).State);
        var scheduler = new SlurmScheduler();
        var down = await slurm.Host.RunAsync(scheduler.HistoryCommand([job.Id]) with { Variables = new Dictionary<string, string> { ["SLURM_CONF"] = slurm.ConfigurationWithoutDatabase() } });
        var answer = scheduler.ReadHistory(down, [job.Id]);
        Assert.NotNull(answer.Problem);
        Assert.Empty(answer.UnknownIds);
    }

    [Fact]
    public async Task An_account_that_may_not_submit_is_refused_in_the_words_of_the_site()
    {
        var error = await Assert.ThrowsAsync<JobFailedException>(() => slurm.SubmitAsync("true", null, new SlurmScheduler { Pace = PrivateSlurm.Quick, Account = "nobodys" }));
        Assert.Equal(JobFailureReason.Rejected, error.Reason);
        Assert.Contains("Invalid account or account/partition combination specified", error.Message, StringComparison.Ordinal);
        await using var job = await slurm.SubmitAsync("true", null, new SlurmScheduler { Pace = PrivateSlurm.Quick, Account = "science" });
        Assert.Equal(JobState.Completed, (await job.WaitAsync().WaitAsync(TimeSpan.FromSeconds(60))).State);
    }
}
