namespace PathosHpc;

/// <summary>pathos submit</summary>
internal static class SubmitCommand
{
    internal static async Task<int> RunAsync(PathosTool tool, SubmitOptions options, CancellationToken cancellationToken)
    {
        var site = JobRequestReader.Site(options);
        var (scheduler, spec) = (JobRequestReader.Scheduler(site, options), JobRequestReader.Spec(tool, site, options, await JobFinder.StartFolderAsync(tool, options, cancellationToken).ConfigureAwait(false)));
        var folder = options.WorkFolder is { } given ? JobFinder.OnHost(tool, given, "--work-folder") : site.WorkFolder;
        await using var job = await BatchJob.SubmitAsync(scheduler, spec, tool.Host, folder, cancellationToken).ConfigureAwait(false);
        job.Warned += warning => tool.Error.WriteLine($"pathos: warning: {warning}");
        var submitted = new SubmittedJob(scheduler.Name, job.Id, job.Name, spec.Name, DateTimeOffset.UtcNow, job.Folder);
        if (!options.Wait)
        {
            JobTable.Write(tool, options.Json, [(submitted, job)]);
            return ExitCodes.Ok;
        }
        if (!options.Json) tool.Output.WriteLine($"Job {job.Name} is {job.Id} of {scheduler.Name}; its folder is {job.Folder}.");
        var result = await WaitCommand.WaitAsync(tool, job, cancellationToken).ConfigureAwait(false);
        if (options.Json) JobTable.Write(tool, true, [(submitted, job)]);
        else tool.Output.WriteLine(result.Message);
        return ExitCodes.Of(result);
    }
}
