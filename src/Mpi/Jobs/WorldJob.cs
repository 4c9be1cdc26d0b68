namespace PathosHpc;

/// <summary>The job that a world is in, as its client sees it: from outside, or from within.</summary>
internal abstract class WorldJob : IAsyncDisposable
{
    /// <summary>The scheduler's id.</summary>
    public abstract string Id { get; }

    /// <summary>The job folder.</summary>
    public abstract string Folder { get; }

    public abstract JobState State { get; }

    /// <summary>How often it was started, as far as is known.</summary>
    public virtual int Attempt => 1;

    /// <summary>Whether nothing of it runs any more, as far as is known.</summary>
    public abstract bool HasEnded { get; }

    /// <summary>Waits until it has ended, however.</summary>
    public abstract Task<JobResult> WaitAsync(CancellationToken cancellationToken);

    /// <summary>Asks for its state anew.</summary>
    public virtual Task RefreshAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Looks into its folder.</summary>
    public virtual Task LookAsync() => Task.CompletedTask;

    /// <summary>Ends it.</summary>
    public abstract Task CancelAsync(CancellationToken cancellationToken);

    public virtual ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
