using Spectre.Console;

namespace PathosHpc;

/// <summary>pathos wait</summary>
internal static class WaitCommand
{
    internal static async Task<int> RunAsync(PathosTool tool, WaitOptions options, CancellationToken cancellationToken)
    {
        _ = JobFinder.Some(options, "wait");
        var jobs = new List<(SubmittedJob Submitted, BatchJob Job)>();
        foreach (var submitted in await JobFinder.FindAsync(tool, options, cancellationToken).ConfigureAwait(false))
            jobs.Add((submitted, await JobFinder.AttachAsync(tool, options, submitted, cancellationToken).ConfigureAwait(false)));
        var worst = ExitCodes.Ok;
        foreach (var (_, job) in jobs)
        {
            var result = await WaitAsync(tool, job, cancellationToken).ConfigureAwait(false);
            if (!options.Json) tool.Output.WriteLine(result.Message);
            worst = worst is ExitCodes.JobFailed ? worst : ExitCodes.Of(result) is var code and not ExitCodes.Ok ? code : worst;
        }
        if (options.Json) JobTable.Write(tool, true, jobs);
        return worst;
    }

    /// <summary>Shows the state while it waits, where there is a terminal to show it on.</summary>
    internal static async Task<JobResult> WaitAsync(PathosTool tool, BatchJob job, CancellationToken cancellationToken)
    {
        if (!tool.Screen.Profile.Capabilities.Interactive) return await job.WaitAsync(cancellationToken).ConfigureAwait(false);
        return await tool.Screen.Status().StartAsync("...", async status =>
        {
            while (job.Result is null)
            {
                status.Status(Markup.Escape($"{job.Name} ({job.Id}): {job.State} {job.StateText}"));
                await Task.WhenAny(job.WaitAsync(cancellationToken), Task.Delay(500, cancellationToken)).ConfigureAwait(false);
                cancellationToken.ThrowIfCancellationRequested();
            }
            return job.Result;
        }).ConfigureAwait(false);
    }
}
