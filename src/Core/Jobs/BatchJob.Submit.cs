using System.Collections.Concurrent;

namespace PathosHpc;

public sealed partial class BatchJob
{
    private static readonly ConcurrentDictionary<(string Host, string Scheduler), Version> Versions = new();

    /// <summary>Submits a job and follows it.</summary>
    /// <param name="scheduler">Where and how it is queued.</param>
    /// <param name="spec">What is run.</param>
    /// <param name="host">The machine to submit from; null is this one.</param>
    /// <param name="workFolder">The folder for job folders, on a file system that all nodes share; null is <c>$PATHOS_WORK</c>, else <c>~/.pathos-hpc/jobs</c>.</param>
    /// <param name="cancellationToken">Gives up; a job that was submitted already is canceled.</param>
    /// <exception cref="InvalidJobException">The job asks for what its scheduler cannot honour.</exception>
    /// <exception cref="JobFailedException">The scheduler refuses it, with the site's text unaltered, or does not answer.</exception>
    public static async Task<BatchJob> SubmitAsync(Scheduler scheduler, JobSpec spec, ClusterHost? host = null, string? workFolder = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(scheduler);
        ThrowIfInvalid(scheduler, spec);
        host ??= LocalHost.Instance;
        var version = await VersionAsync(scheduler, host, cancellationToken).ConfigureAwait(false);
        var plan = await PlanAsync(spec, host, workFolder, version, cancellationToken).ConfigureAwait(false);
        var folder = new JobFolder(host, plan.Folder!);
        await folder.CreateAsync(scheduler, plan, cancellationToken).ConfigureAwait(false);
        string id;
        try
        {
            id = await new JobSubmitter(scheduler, host, plan, folder).SubmitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is JobFailedException or HostFailedException or OperationCanceledException or IOException)
        {
            // Whatever became of the submission: should a script of it start, it does nothing.
            await ForbidQuietlyAsync(folder).ConfigureAwait(false);
            if (e is OperationCanceledException) await CancelByNameAsync(scheduler, host, plan).ConfigureAwait(false);
            throw;
        }
        await folder.WriteRecordAsync(new JobFolderRecord(scheduler.Name, id, plan.JobName, spec.Name, DateTimeOffset.UtcNow), CancellationToken.None).ConfigureAwait(false);
        Log.Info("Job {Id} ({Name}) was submitted to {Scheduler}; its folder is {Folder}.", id, plan.JobName, scheduler.Name, plan.Folder);
        var job = new BatchJob(scheduler, host, plan, id);
        job.follower.Add(job);
        return job;
    }

    /// <summary>What a submission would do, without doing it.</summary>
    public static async Task<JobDryRun> DryRunAsync(Scheduler scheduler, JobSpec spec, ClusterHost? host = null, string? workFolder = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(scheduler);
        ThrowIfInvalid(scheduler, spec);
        host ??= LocalHost.Instance;
        var version = scheduler.ReadVersion(await host.RunAsync(scheduler.VersionCommand, cancellationToken).ConfigureAwait(false));
        var plan = await PlanAsync(spec, host, workFolder, version, cancellationToken).ConfigureAwait(false);
        return new JobDryRun(scheduler.RenderScript(plan), scheduler.RenderRankScript(plan), scheduler.SubmitCommand(plan, plan.Folder + "/job.sh").Arguments, plan.Folder!);
    }

    /// <summary>Finds a job that another process submitted again, by its folder, and follows it.</summary>
    /// <param name="scheduler">The scheduler it was submitted to.</param>
    /// <param name="jobFolder">Its <see cref="Folder"/>.</param>
    /// <param name="host">The machine it was submitted from; null is this one.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ArgumentException">There is no job folder of this scheduler.</exception>
    public static async Task<BatchJob> AttachAsync(Scheduler scheduler, string jobFolder, ClusterHost? host = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(scheduler);
        host ??= LocalHost.Instance;
        var record = await new JobFolder(host, jobFolder).ReadRecordAsync(cancellationToken).ConfigureAwait(false)
            ?? throw new ArgumentException($"{jobFolder} on {host.Name} is no folder of a submitted job; it has no job.json that can be read.", nameof(jobFolder));
        if (record.Scheduler != scheduler.Name) throw new ArgumentException($"Job {record.JobId} was submitted to {record.Scheduler}, not to {scheduler.Name}.", nameof(scheduler));
        var spec = new JobSpec { Name = record.Name, Command = ["attached"] };
        var job = new BatchJob(scheduler, host, new JobPlan { Spec = spec, JobName = record.JobName, Folder = jobFolder }, record.JobId) { wasCompared = true, State = JobState.Unknown };
        if (await job.folder.ReadResultAsync(cancellationToken).ConfigureAwait(false) is { } result)
        {
            job.Attempt = await job.folder.ReadAttemptAsync(cancellationToken).ConfigureAwait(false);
            job.State = result.State;
            job.ended.SetResult(result);
            return job;
        }
        await job.LookAsync(cancellationToken).ConfigureAwait(false);
        job.follower.Add(job);
        return job;
    }

    /// <summary>What failed is told, not that this does too.</summary>
    private static async Task ForbidQuietlyAsync(JobFolder folder)
    {
        try
        {
            await folder.ForbidAsync("its submission failed", CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or HostFailedException or UnauthorizedAccessException)
        {
            Log.Warn(e, "The job folder {Folder} cannot be written to; should the submission have reached the scheduler, its job runs.", folder.Path);
        }
    }

    private static async Task CancelByNameAsync(Scheduler scheduler, ClusterHost host, JobPlan plan)
    {
        var found = scheduler.ReadFound(await host.RunAsync(scheduler.FindCommand(plan.JobName), CancellationToken.None).ConfigureAwait(false));
        foreach (var id in found ?? []) await host.RunAsync(scheduler.CancelCommand(id), CancellationToken.None).ConfigureAwait(false);
    }

    private static void ThrowIfInvalid(Scheduler scheduler, JobSpec spec)
    {
        var errors = scheduler.Check(spec);
        if (errors.Count > 0) throw new InvalidJobException(errors);
    }

    private static async Task<JobPlan> PlanAsync(JobSpec spec, ClusterHost host, string? workFolder, Version? version, CancellationToken cancellationToken)
    {
        workFolder ??= await GetDefaultWorkFolderAsync(host, cancellationToken).ConfigureAwait(false);
        if (!workFolder.StartsWith('/')) throw new ArgumentException($"The work folder '{workFolder}' is no absolute path; the nodes could not find it.", nameof(workFolder));
        var name = JobPlan.NameFor(spec.Name);
        return new JobPlan { Spec = spec, JobName = name, Folder = $"{workFolder.TrimEnd('/')}/{name}", SchedulerVersion = version };
    }

    /// <summary>The folder for job folders where none is given: <c>$PATHOS_WORK</c> on this machine, else <c>~/.pathos-hpc/jobs</c>.</summary>
    internal static async ValueTask<string> GetDefaultWorkFolderAsync(ClusterHost host, CancellationToken cancellationToken = default) =>
        (host is LocalHost ? Environment.GetEnvironmentVariable("PATHOS_WORK") : null) is { Length: > 0 } work ? work
            : await host.GetHomeFolderAsync(cancellationToken).ConfigureAwait(false) + "/.pathos-hpc/jobs";

    /// <summary>Programs of one name belong to several schedulers, so the version tells which this is.</summary>
    internal static async Task<Version> VersionAsync(Scheduler scheduler, ClusterHost host, CancellationToken cancellationToken)
    {
        if (Versions.TryGetValue((host.Identity, scheduler.Name), out var known)) return known;
        var result = await host.RunAsync(scheduler.VersionCommand, cancellationToken).ConfigureAwait(false);
        var version = scheduler.ReadVersion(result) ?? throw new JobFailedException(JobFailureReason.Rejected,
            $"'{scheduler.VersionCommand}' on {host.Name} is not that of {scheduler.Name}: {(result.AllOutput.Trim() is { Length: > 0 } text ? text : $"exit code {result.ExitCode}")} " +
            "Submit from a login node of the cluster, load its module, or choose the scheduler that is there.");
        return Versions.GetOrAdd((host.Identity, scheduler.Name), version);
    }
}
