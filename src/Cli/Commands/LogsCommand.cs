namespace PathosHpc;

/// <summary>pathos logs</summary>
internal static class LogsCommand
{
    internal static async Task<int> RunAsync(PathosTool tool, LogsOptions options, CancellationToken cancellationToken)
    {
        _ = JobFinder.Some(options, "logs");
        var log = options.SchedulerLog ? JobLog.Scheduler : options.Errors ? JobLog.Error : JobLog.Output;
        foreach (var submitted in await JobFinder.FindAsync(tool, options, cancellationToken).ConfigureAwait(false))
        {
            await using var job = await JobFinder.AttachAsync(tool, options, submitted, cancellationToken).ConfigureAwait(false);
            await foreach (var line in job.ReadLogAsync(log, options.Follow, cancellationToken).ConfigureAwait(false))
                await tool.Output.WriteLineAsync(line.AsMemory(), cancellationToken).ConfigureAwait(false);
        }
        return ExitCodes.Ok;
    }
}
