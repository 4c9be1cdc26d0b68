namespace PathosHpc;

/// <summary>A world outside of this process, which starts it with the first map and ends it with the pool.</summary>
internal abstract class ClientWorld : MpiWorld
{
    private Task? starting, disposal;
    private volatile int ranks;

    protected ClientWorld(MpiPoolOptions options, StatisticsCollector collector)
    {
        Options = options;
        Engine = new PoolEngine(new Coordinator(), collector, encode: true);
    }

    protected MpiPoolOptions Options { get; }

    protected PoolEngine Engine { get; }

    protected Lock Gate { get; } = new();

    /// <summary>Canceled when the pool is disposed.</summary>
    protected CancellationTokenSource Stop { get; } = new();

    /// <summary>How many ranks there are; 0 while it is not known.</summary>
    protected int Ranks { set => ranks = value; }

    protected bool IsDisposed => Volatile.Read(ref disposal) is not null;

    public override int Size => ranks is > 0 and var there ? there : Options.Ranks;

    public override ClusterHost? FarHost => Options.Host is { SharesFiles: false } host ? host : null;

    public override void CheckProgram() => WorkerProgram.Check();

    public override void Start<TItem, TResult>(MapRequest<TItem, TResult> request, MapRun<TResult> run)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, typeof(MpiPool));
        if (!Engine.Start(request, run))
            return;
        lock (Gate)
        {
            if (!IsDisposed && starting is null && NeedsStart)
                starting = OnOwnThread(StartSafelyAsync);
        }
    }

    /// <summary>Whoever calls it, and how often: each call returns when all has ended.</summary>
    public override ValueTask DisposeAsync()
    {
        lock (Gate)
            return new ValueTask(disposal ??= OnOwnThread(DisposeOnceAsync));
    }

    /// <summary>Whether the world is not there yet, or no more. Under the lock.</summary>
    protected abstract bool NeedsStart { get; }

    /// <summary>Starts the world; what this throws ends all maps.</summary>
    protected abstract Task StartAsync();

    /// <summary>Ends the world, and leaves nothing.</summary>
    protected abstract Task EndAsync();

    protected void Fail(Exception exception)
    {
        Exception failure = exception is JobFailedException or HostFailedException ? exception : new JobFailedException(JobFailureReason.LaunchFailure, $"The ranks could not be started: {exception.Message}", inner: exception);
        Engine.EndAll(() => failure);
    }

    /// <summary>Runs what mostly waits for processes. A thread is there sooner than the first of the thread pool, and may wait.</summary>
    private static Task OnOwnThread(Func<Task> action) =>
        Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default).Unwrap();

    private async Task StartSafelyAsync()
    {
        for (bool hasFailed = false; ;)
        {
            try
            {
                await StartAsync().ConfigureAwait(false);
            }
            catch (Exception e)
            {
                Fail(e);
                hasFailed = true;
            }
            lock (Gate)
            {
                // A map that came while the last world was on its leave found this at work.
                if (hasFailed || IsDisposed || !NeedsStart || !Engine.HasMaps)
                {
                    starting = null;
                    return;
                }
            }
        }
    }

    private async Task DisposeOnceAsync()
    {
        Engine.EndAll(static () => new ObjectDisposedException(nameof(MpiPool)));
        await Stop.CancelAsync().ConfigureAwait(false);
        if (Volatile.Read(ref starting) is { } running)
            await running.ConfigureAwait(false);
        await EndAsync().ConfigureAwait(false);
    }
}
