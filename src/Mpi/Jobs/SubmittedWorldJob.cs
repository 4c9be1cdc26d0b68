namespace PathosHpc;

/// <summary>The job of a world whose client is outside: it follows what the scheduler says.</summary>
internal sealed class SubmittedWorldJob(BatchJob job) : WorldJob
{
    public override string Id => job.Id;

    public override string Folder => job.Folder;

    public override JobState State => job.State;

    public override bool HasEnded => job.Result is not null || job.Attempt?.ExitCode is not null;

    /// <summary>What the scheduler says.</summary>
    public BatchJob Followed => job;

    public override Task<JobResult> WaitAsync(CancellationToken cancellationToken) => job.WaitAsync(cancellationToken);

    public override Task RefreshAsync(CancellationToken cancellationToken) => job.RefreshAsync(cancellationToken);

    public override Task LookAsync() => job.LookAsync(default);

    public override Task CancelAsync(CancellationToken cancellationToken) => job.CancelAsync(cancellationToken);

    public override async ValueTask DisposeAsync()
    {
        await job.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }
}
