namespace PathosHpc;

/// <summary>Finds jobs of the work folder by their ids, and comes back to them.</summary>
internal static class JobFinder
{
    internal static async Task<string?> WorkFolderAsync(PathosTool tool, CommonOptions options, CancellationToken cancellationToken) =>
        options.WorkFolder is { } given ? OnHost(tool, given, "--work-folder")
            : options.Site is { } site && SiteProfile.Load(site).WorkFolder is { } folder ? folder
            : await BatchJob.GetDefaultWorkFolderAsync(tool.Host, cancellationToken).ConfigureAwait(false);

    /// <summary>A path of the command line as one of the host.</summary>
    internal static string OnHost(PathosTool tool, string path, string option) => tool.Host is LocalHost ? Path.GetFullPath(path)
        : path.StartsWith('/') ? path : throw new UsageException($"{option} {path} is a path of {tool.Host.Name}; give it from its root, as in /scratch/me.");

    /// <summary>The folder in which a program starts: on another machine the home folder, for what is current here is nothing there.</summary>
    internal static async Task<string> StartFolderAsync(PathosTool tool, JobOptions options, CancellationToken cancellationToken) =>
        options.Folder is { } given ? OnHost(tool, given, "--folder") : tool.Host is LocalHost ? Path.GetFullPath(".") : await tool.Host.GetHomeFolderAsync(cancellationToken).ConfigureAwait(false);

    /// <summary>The jobs of these ids, in their order; without ids, all of the work folder.</summary>
    internal static async Task<IReadOnlyList<SubmittedJob>> FindAsync(PathosTool tool, JobIdsOptions options, CancellationToken cancellationToken)
    {
        var folder = await WorkFolderAsync(tool, options, cancellationToken).ConfigureAwait(false);
        var all = await SubmittedJob.ListAsync(tool.Host, folder, cancellationToken).ConfigureAwait(false);
        if (!options.Ids.Any()) return all;
        return [.. options.Ids.Select(id => all.FirstOrDefault(job => job.IsNamed(id))
            ?? throw new UsageException($"No job '{id}' was submitted from the work folder {folder}. 'pathos status' lists those that were.", ExitCodes.NoSuchJob))];
    }

    internal static async Task<BatchJob> AttachAsync(PathosTool tool, CommonOptions options, SubmittedJob job, CancellationToken cancellationToken)
    {
        var site = options.Site is { } name ? SiteProfile.Load(name).Scheduler : null;
        Scheduler scheduler = site?.Name == job.Scheduler ? site : job.Scheduler switch
        {
            "Slurm" => new SlurmScheduler(),
            "PBS" => new PbsScheduler(),
            "Torque" => new TorqueScheduler(),
            _ => throw new UsageException($"Job {job.JobName} was submitted to '{job.Scheduler}', which this tool does not know."),
        };
        return await BatchJob.AttachAsync(scheduler, job.Folder, tool.Host, cancellationToken).ConfigureAwait(false);
    }

    internal static IReadOnlyList<string> Some(JobIdsOptions options, string command) => options.Ids.ToArray() is { Length: > 0 } ids ? ids
        : throw new UsageException($"Give at least one id, as in: pathos {command} ID. 'pathos status' lists them.");
}
