namespace PathosHpc;

/// <summary>The job that a world is in, as its client sees it: from outside, or from within.</summary>
internal abstract class WorldJob : IAsyncDisposable
{
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(0.3);

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

    /// <summary>Waits for word of it for so long, not counting the time for which nothing in it runs that could say any.</summary>
    public async Task AwaitAsync(Task word, TimeSpan limit, CancellationToken cancellationToken)
    {
        for (TimeSpan waited = default; waited < limit && !word.IsCompleted && !cancellationToken.IsCancellationRequested; waited += State is JobState.Queued or JobState.Held or JobState.Suspended ? default : Step)
            await Task.WhenAny(word, Task.Delay(Step, cancellationToken)).ConfigureAwait(false);
    }

    /// <summary>Whether its scheduler ended it to start it again: it was preempted, or somebody had it queued again.</summary>
    /// <param name="end">Its end.</param>
    /// <param name="limit">How long the scheduler may take to say so.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<bool> IsQueuedAgainAsync(Task end, TimeSpan limit, CancellationToken cancellationToken)
    {
        int attempt = Attempt;
        for (long until = Environment.TickCount64 + (long)limit.TotalMilliseconds; !end.IsCompleted && Environment.TickCount64 < until;)
        {
            await Task.WhenAny(RefreshAsync(cancellationToken), end).ConfigureAwait(false);
            if (State is JobState.Queued or JobState.Held || Attempt != attempt)
                return true;
            await Task.WhenAny(end, Task.Delay(Step, cancellationToken)).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
        }
        return false;
    }

    public virtual ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
