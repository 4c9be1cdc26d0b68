namespace PathosHpc;

/// <summary>pathos status</summary>
internal static class StatusCommand
{
    private const int Newest = 20;

    internal static async Task<int> RunAsync(PathosTool tool, StatusOptions options, CancellationToken cancellationToken)
    {
        var found = await JobFinder.FindAsync(tool, options, cancellationToken).ConfigureAwait(false);
        var jobs = new List<(SubmittedJob Submitted, BatchJob Job)>();
        foreach (var submitted in options.All || options.Ids.Any() ? found : found.Take(Newest))
            jobs.Add((submitted, await JobFinder.AttachAsync(tool, options, submitted, cancellationToken).ConfigureAwait(false)));
        await Task.WhenAll(jobs.Select(j => j.Job.RefreshAsync(cancellationToken))).ConfigureAwait(false);
        JobTable.Write(tool, options.Json, jobs);
        foreach (var (_, job) in jobs) await job.DisposeAsync().ConfigureAwait(false);
        return ExitCodes.Ok;
    }
}
