namespace PathosHpc;

/// <summary>The worker processes of a <see cref="ProcessPool"/>, or those of one host of a larger pool: starts them with the first map, replaces those that are lost, ends them all.</summary>
internal sealed class WorkerProcesses
{
    /// <summary>Losses in a row, with no item done in between, after which starting again is given up.</summary>
    private const int MaxLossesWithoutProgress = 5;
    private readonly ProcessPoolOptions options;
    private readonly PoolEngine engine;
    private readonly Lock gate = new();
    private readonly WorkerProcess?[] processes;
    private readonly int first, poolSize;
    private readonly Action<JobFailedException> failed;
    private Rendezvous? rendezvous;
    private WorkerListener? listener;
    private int losses;
    private long completedAtLoss;
    private Task? disposal;
    private volatile bool disposed;

    public WorkerProcesses(ProcessPoolOptions options, int size, StatisticsCollector collector)
    {
        this.options = options;
        processes = new WorkerProcess?[poolSize = size];
        engine = new PoolEngine(new Coordinator(), collector, encode: true);
        failed = failure => engine.EndAll(() => failure);
    }

    /// <summary>Workers that compute for a coordinator of another process.</summary>
    /// <param name="first">Number of the first.</param>
    /// <param name="count">How many.</param>
    /// <param name="poolSize">Workers of the whole pool.</param>
    /// <param name="failed">Told when they cannot be kept up.</param>
    public WorkerProcesses(ProcessPoolOptions options, int first, int count, int poolSize, Coordinator coordinator, Action<JobFailedException> failed)
    {
        (this.options, this.first, this.poolSize, this.failed) = (options, first, poolSize, failed);
        processes = new WorkerProcess?[count];
        engine = new PoolEngine(coordinator, new StatisticsCollector(), encode: true);
    }

    private IEnumerable<int> Numbers => Enumerable.Range(first, processes.Length);

    public void Start<TItem, TResult>(MapRequest<TItem, TResult> request, MapRun<TResult> run)
    {
        ObjectDisposedException.ThrowIf(disposed, typeof(ProcessPool));
        if (engine.Start(request, run))
            EnsureStarted();
    }

    /// <summary>Whoever calls it, and how often: each call returns when all has ended.</summary>
    public ValueTask DisposeAsync()
    {
        lock (gate)
        {
            disposed = true;
            return new ValueTask(disposal ??= Task.Run(EndAsync));
        }
    }

    private async Task EndAsync()
    {
        listener?.Dispose();
        engine.EndAll(static () => new ObjectDisposedException(nameof(ProcessPool)));
        // Before the workers end: were this process killed in the midst of it, they would remove what is left.
        if (!options.KeepFiles)
            rendezvous?.Delete();
        await Task.WhenAll(processes.Select(p => p?.EndAsync() ?? Task.CompletedTask)).ConfigureAwait(false);
        if (!options.KeepFiles)
            rendezvous?.Delete();
    }

    /// <summary>Starts the workers, if that was not done.</summary>
    public void EnsureStarted()
    {
        lock (gate)
        {
            if (rendezvous is not null || disposed)
                return;
            Guarded(() =>
            {
                rendezvous = Rendezvous.Create(options.WorkFolder);
                RunningMark.Create(rendezvous.RunningPath, first + processes.Length);
                listener = new WorkerListener(rendezvous, Welcome, objection => Fail(new JobFailedException(JobFailureReason.LaunchFailure, objection)));
                listener.Start(processes.Length);
                foreach (int number in Numbers)
                    StartWorker(number);
            });
        }
    }

    /// <summary>Starts something; what goes wrong ends the maps, whatever thread this is.</summary>
    private void Guarded(Action start)
    {
        try
        {
            start();
        }
        catch (Exception e)
        {
            Fail(e as JobFailedException ?? new JobFailedException(JobFailureReason.LaunchFailure, $"The workers could not be started: {e.Message}", inner: e));
        }
    }

    private void StartWorker(int number) => processes[number - first] = new WorkerProcess(number, rendezvous!, options, EndedEarly);

    private void Welcome(SocketCarrier carrier, Hello hello)
    {
        SocketLink link;
        lock (gate)
        {
            if (disposed || hello.FirstRank < first || hello.FirstRank >= first + processes.Length || processes[hello.FirstRank - first] is not { } process)
                throw new LinkException($"Worker {hello.FirstRank} is not expected.");
            int heartbeat = (int)options.HeartbeatTimeout.TotalMilliseconds;
            link = new SocketLink(carrier, engine.Coordinator, heartbeat) { FirstRank = hello.FirstRank, Width = 1, Output = options.Output.Write, Lost = Lost };
            if (!process.TryJoin(link))
                throw new LinkException($"Worker {hello.FirstRank} has joined already, or too late.");
            engine.Collector.Add(hello.FirstRank, hello.Ranks[0].Node);
            carrier.Send(new Welcome(poolSize, heartbeat, true, rendezvous!.RunningPath).ToFrame());
        }
        engine.Coordinator.Add(link);
        link.Start();
    }

    /// <summary>A worker ended before it joined, and its text says why; or it was killed, and another one may do better.</summary>
    private void EndedEarly(WorkerProcess process, string how)
    {
        lock (gate)
        {
            if (disposed)
                return;
            if (process.WasKilled && ++losses <= MaxLossesWithoutProgress)
            {
                Guarded(() => StartWorker(process.Number));
                return;
            }
        }
        Fail(new JobFailedException(process.WasKilled ? JobFailureReason.Signal : JobFailureReason.LaunchFailure, how));
    }

    /// <summary>A worker that had joined is gone, or has to go.</summary>
    private void Lost(SocketLink link, Farewell? farewell, string cause)
    {
        if (disposed)
            return;
        WorkerProcess process = processes[link.FirstRank - first]!;
        link.Dispose();
        string how = process.KillAndDescribe(cause);
        bool blameless = farewell?.Reason == FarewellReason.Abandoned;
        IReadOnlyList<RunningItem>? running = RunningMark.Read(rendezvous!.RunningPath, [link.FirstRank]);
        engine.Coordinator.Remove(link, new LinkLoss(how, blameless, running, CulpritIsKnown: true));
        lock (gate)
        {
            if (disposed)
                return;
            losses = blameless || engine.Coordinator.Completed > completedAtLoss || running?.Count > 0 ? 0 : losses + 1;
            completedAtLoss = engine.Coordinator.Completed;
            if (losses <= MaxLossesWithoutProgress)
            {
                Guarded(() => StartWorker(link.FirstRank));
                return;
            }
        }
        Fail(new JobFailedException(JobFailureReason.Signal, $"Workers were lost {losses} times with no item computed in between, the last so: {how}"));
    }

    private void Fail(JobFailedException exception) => failed(exception);
}
