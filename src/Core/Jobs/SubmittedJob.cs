namespace PathosHpc;

/// <summary>A job as its folder tells of it, to whoever comes back to it; see <see cref="BatchJob.AttachAsync"/>.</summary>
/// <param name="Scheduler">Name of its scheduler.</param>
/// <param name="JobId">The scheduler's id.</param>
/// <param name="JobName">The name that the scheduler sees, which is our id.</param>
/// <param name="Name">The name for people.</param>
/// <param name="SubmittedAt">When it was submitted.</param>
/// <param name="Folder">Its folder on the host.</param>
public sealed record SubmittedJob(string Scheduler, string JobId, string JobName, string Name, DateTimeOffset SubmittedAt, string Folder)
{
    /// <summary>The jobs of a work folder, the newest first.</summary>
    /// <param name="host">The machine they were submitted from; null is this one.</param>
    /// <param name="workFolder">The folder of job folders; null is the default.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<IReadOnlyList<SubmittedJob>> ListAsync(ClusterHost? host = null, string? workFolder = null, CancellationToken cancellationToken = default)
    {
        host ??= LocalHost.Instance;
        workFolder ??= await BatchJob.GetDefaultWorkFolderAsync(host, cancellationToken).ConfigureAwait(false);
        var jobs = new List<SubmittedJob>();
        foreach (var entry in await host.ListAsync(workFolder, cancellationToken).ConfigureAwait(false))
        {
            var folder = $"{workFolder.TrimEnd('/')}/{entry.Name}";
            if (entry.IsFolder && await new JobFolder(host, folder).ReadRecordAsync(cancellationToken).ConfigureAwait(false) is { } r)
                jobs.Add(new SubmittedJob(r.Scheduler, r.JobId, r.JobName, r.Name, r.SubmittedAt, folder));
        }
        return [.. jobs.OrderByDescending(job => job.SubmittedAt)];
    }

    /// <summary>Whether an id means this job: our id, the scheduler's, or the scheduler's without its server.</summary>
    internal bool IsNamed(string id) => id == JobName || id == JobId || id == JobId.Split('.')[0] || id == Folder;
}
