namespace PathosHpc;

/// <summary>The job of a world whose client is outside: it follows what the scheduler says.</summary>
internal sealed class SubmittedWorldJob(BatchJob job) : WorldJob
{
    public override string Id => job.Id;

    public override string Folder => job.Folder;

    public override JobState State => job.State;

    public override int Attempt => job.Attempt?.Number ?? 0;

    /// <summary>A script that was told to end may be one whose job is queued again.</summary>
    public override bool HasEnded => job.Result is not null || job.Attempt is { ExitCode: not null, WasTerminated: false };

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
