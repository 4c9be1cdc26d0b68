namespace PathosHpc;

/// <summary>The worker processes of a <see cref="ProcessPool"/>: starts them with the first map, replaces those that are lost, ends them all.</summary>
internal sealed class WorkerProcesses
{
    /// <summary>Losses in a row, with no item done in between, after which starting again is given up.</summary>
    private const int MaxLossesWithoutProgress = 5;
    private readonly ProcessPoolOptions options;
    private readonly PoolEngine engine;
    private readonly Lock gate = new();
    private readonly WorkerProcess?[] processes;
    private Rendezvous? rendezvous;
    private WorkerListener? listener;
    private int joined, losses;
    private long completedAtLoss;
    private Timer? startTimer;
    private volatile bool disposed;

    public WorkerProcesses(ProcessPoolOptions options, int size, StatisticsCollector collector)
    {
        this.options = options;
        processes = new WorkerProcess?[size];
        engine = new PoolEngine(new Coordinator(), collector, encode: true, targetSeconds: 2e-3);
    }

    private int Size => processes.Length;

    public void Start<TItem, TResult>(MapRequest<TItem, TResult> request, MapRun<TResult> run)
    {
        ObjectDisposedException.ThrowIf(disposed, typeof(ProcessPool));
        if (engine.Start(request, run))
            EnsureStarted();
    }

    public async ValueTask DisposeAsync()
    {
        WorkerProcess?[] all;
        lock (gate)
        {
            if (disposed)
                return;
            disposed = true;
            all = [.. processes];
            listener?.Dispose();
            startTimer?.Dispose();
        }
        engine.EndAll(new ObjectDisposedException(nameof(ProcessPool)));
        await Task.WhenAll(all.Select(p => p?.EndAsync() ?? Task.CompletedTask)).ConfigureAwait(false);
        if (!options.KeepFiles)
            rendezvous?.Delete();
    }

    private void EnsureStarted()
    {
        lock (gate)
        {
            if (rendezvous is not null || disposed)
                return;
            try
            {
                rendezvous = Rendezvous.Create(options.WorkFolder);
                RunningMark.Create(rendezvous.RunningPath, Size);
                listener = new WorkerListener(rendezvous, Welcome, objection => Fail(new JobFailedException(JobFailureReason.LaunchFailure, objection)));
                listener.Start(Size);
                for (int number = 0; number < Size; number++)
                    StartWorker(number);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or JobFailedException or System.ComponentModel.Win32Exception)
            {
                Fail(e as JobFailedException ?? new JobFailedException(JobFailureReason.LaunchFailure, $"The workers could not be started: {e.Message}", inner: e));
            }
        }
        startTimer = new Timer(_ => CheckStarted(), null, options.StartTimeout, Timeout.InfiniteTimeSpan);
    }

    private void StartWorker(int number) => processes[number] = new WorkerProcess(number, rendezvous!, options, ExitedEarly);

    private void CheckStarted()
    {
        lock (gate)
        {
            if (joined >= Size || disposed)
                return;
        }
        engine.EndAll(new JobFailedException(JobFailureReason.LaunchFailure,
            $"Only {joined} of {Size} workers came up within {options.StartTimeout.TotalSeconds:0.#} s (StartTimeout). Raise it if the machine is busy."));
    }

    private void Welcome(SocketCarrier carrier, Hello hello)
    {
        SocketLink link;
        lock (gate)
        {
            if (disposed || hello.FirstRank < 0 || hello.FirstRank >= Size || processes[hello.FirstRank] is not { } process)
                throw new LinkException($"Worker {hello.FirstRank} is not expected.");
            int heartbeat = (int)options.HeartbeatTimeout.TotalMilliseconds;
            link = new SocketLink(carrier, engine.Coordinator, heartbeat) { FirstRank = hello.FirstRank, Width = 1, Output = options.Output.Write, Lost = Lost };
            process.Joined(link);
            joined++;
            engine.Collector.Add(hello.FirstRank, hello.Ranks[0].Node);
            carrier.Send(new Welcome(Size, heartbeat, true, rendezvous!.RunningPath).ToFrame());
        }
        engine.Coordinator.Add(link);
        link.Start();
    }

    /// <summary>A worker ended before it joined: its text says why.</summary>
    private void ExitedEarly(WorkerProcess process, int exitCode)
    {
        if (!disposed)
            Fail(new JobFailedException(JobFailureReason.LaunchFailure, $"Worker {process.Number} ended with code {exitCode} before it joined the pool.{process.Tail.AsQuote()}"));
    }

    /// <summary>A worker that had joined is gone, or has to go.</summary>
    private void Lost(SocketLink link, Farewell? farewell, string cause)
    {
        if (disposed)
            return;
        WorkerProcess process = processes[link.FirstRank]!;
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
                StartWorker(link.FirstRank);
                return;
            }
        }
        Fail(new JobFailedException(JobFailureReason.Signal, $"Workers were lost {losses} times with no item computed in between, the last so: {how}"));
    }

    private void Fail(JobFailedException exception) => engine.EndAll(exception);
}
