namespace PathosHpc;

/// <summary>pathos cancel, hold and release</summary>
internal static class ControlCommand
{
    internal static Task<int> CancelAsync(PathosTool tool, CancelOptions options, CancellationToken cancellationToken) =>
        EachAsync(tool, options, "cancel", async job => (await job.CancelAsync(cancellationToken).ConfigureAwait(false)).Message, cancellationToken);

    internal static Task<int> HoldAsync(PathosTool tool, HoldOptions options, CancellationToken cancellationToken) =>
        EachAsync(tool, options, "hold", async job => await job.HoldAsync(cancellationToken).ConfigureAwait(false) ? $"Job {job.Name} is held." : $"Job {job.Name} has ended.", cancellationToken);

    internal static Task<int> ReleaseAsync(PathosTool tool, ReleaseOptions options, CancellationToken cancellationToken) =>
        EachAsync(tool, options, "release", async job => await job.ReleaseAsync(cancellationToken).ConfigureAwait(false) ? $"Job {job.Name} is released." : $"Job {job.Name} has ended.", cancellationToken);

    private static async Task<int> EachAsync(PathosTool tool, JobIdsOptions options, string command, Func<BatchJob, Task<string>> order, CancellationToken cancellationToken)
    {
        _ = JobFinder.Some(options, command);
        var jobs = new List<(SubmittedJob Submitted, BatchJob Job)>();
        foreach (var submitted in await JobFinder.FindAsync(tool, options, cancellationToken).ConfigureAwait(false))
            jobs.Add((submitted, await JobFinder.AttachAsync(tool, options, submitted, cancellationToken).ConfigureAwait(false)));
        var texts = await Task.WhenAll(jobs.Select(j => order(j.Job))).ConfigureAwait(false);
        if (options.Json) JobTable.Write(tool, true, jobs);
        else foreach (var text in texts) tool.Output.WriteLine(text);
        foreach (var (_, job) in jobs) await job.DisposeAsync().ConfigureAwait(false);
        return ExitCodes.Ok;
    }
}
