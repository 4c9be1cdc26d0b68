namespace PathosHpc;

/// <summary>Computes items on threads of this process: nothing is sent, everything is shared.</summary>
/// <remarks>An item that outstays <see cref="MapOptions.ItemTimeout"/> without heeding its token fails, and its thread is abandoned,
/// still running; another takes its place.</remarks>
public sealed class ThreadedPool : Pool
{
    private const int WatchMilliseconds = 10;
    private readonly List<ThreadLink> links = [];
    private readonly PoolEngine engine;
    private readonly Timer watcher;
    private int active;
    private bool disposed;

    /// <summary>Makes a pool of threads.</summary>
    /// <param name="threads">At least 1. Default: the cores of this process, or inside an item the rank's share of them.</param>
    public ThreadedPool(int? threads = null)
    {
        Size = PoolSize.Checked(threads, nameof(threads));
        engine = new PoolEngine(new Coordinator(), Collector, encode: false, targetSeconds: 1e-3);
        watcher = new Timer(_ => Watch(), null, Timeout.Infinite, Timeout.Infinite);
        for (int rank = 0; rank < Size; rank++)
        {
            Collector.Add(rank, Environment.MachineName);
            Add(rank);
        }
    }

    /// <inheritdoc/>
    public override int Size { get; }

    /// <inheritdoc/>
    public override PoolStatistics Statistics => Collector.Snapshot();

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        engine.EndAll(static () => new ObjectDisposedException(nameof(ThreadedPool)));
        lock (links)
        {
            disposed = true;
            foreach (ThreadLink link in links)
                link.Stop();
        }
        watcher.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    private protected override void Start<TItem, TResult>(MapRequest<TItem, TResult> request, MapRun<TResult> run)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        if (Interlocked.Increment(ref active) == 1)
            watcher.Change(WatchMilliseconds, WatchMilliseconds);
        run.Ended += () =>
        {
            if (Interlocked.Decrement(ref active) == 0 && !disposed)
                watcher.Change(Timeout.Infinite, Timeout.Infinite);
        };
        engine.Start(request, run);
    }

    private void Add(int rank)
    {
        var link = new ThreadLink(engine.Coordinator, RankIdentity.Local(rank, Size)) { FirstRank = rank, Width = 1 };
        lock (links)
        {
            if (disposed)
                return;
            links.Add(link);
        }
        engine.Coordinator.Add(link);
    }

    /// <summary>Looks after items that have run out of time, and lets long chunks give back what they have not begun.</summary>
    private void Watch()
    {
        ThreadLink[] all;
        lock (links)
            all = [.. links];
        foreach (ThreadLink link in all)
        {
            link.Lane.Attention = true;
            if (link.Lane.Watch(Environment.TickCount64) is not { IsLost: true } verdict || !link.Abandon())
                continue;
            lock (links)
                links.Remove(link);
            try
            {
                if (verdict.Failure is not null)
                    engine.Coordinator.Accept(link, verdict.Map, verdict.Failure);
            }
            catch (LinkException)
            {
                // The item ended just now, and its answer was quicker.
            }
            engine.Coordinator.Remove(link, new LinkLoss("Its thread was abandoned.", IsBlameless: true, [], CulpritIsKnown: false));
            Add(link.FirstRank);
        }
    }
}
