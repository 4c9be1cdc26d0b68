namespace PathosHpc;

/// <summary>A world that this process starts with a launcher, and starts again when it is lost.</summary>
internal sealed class LaunchedWorld : MpiWorld
{
    private readonly MpiPoolOptions options;
    private readonly PoolEngine engine;
    private readonly Lock gate = new();
    private Launcher launcher;
    private Rendezvous? rendezvous;
    private WorkerListener? listener;
    private LaunchedRanks? ranks;
    private FolderGuard? guard;
    private int losses;
    private long completedAtLoss;
    private readonly CancellationTokenSource stop = new();
    private Task? starting, disposal;
    private volatile bool disposed;

    public LaunchedWorld(MpiPoolOptions options, StatisticsCollector collector)
    {
        this.options = options;
        launcher = options.Launcher ?? new MpiexecLauncher(options.Mpiexec);
        engine = new PoolEngine(new Coordinator(), collector, encode: true, targetSeconds: 1e-3);
    }

    public override int Size => options.Ranks;

    public override void CheckProgram() => WorkerProgram.Check();

    public override void Start<TItem, TResult>(MapRequest<TItem, TResult> request, MapRun<TResult> run)
    {
        ObjectDisposedException.ThrowIf(disposed, typeof(MpiPool));
        if (!engine.Start(request, run))
            return;
        lock (gate)
        {
            if (!disposed)
                starting ??= Task.Run(StartAsync);
        }
    }

    /// <summary>Whoever calls it, and how often: each call returns when all has ended.</summary>
    public override ValueTask DisposeAsync()
    {
        lock (gate)
        {
            disposed = true;
            return new ValueTask(disposal ??= Task.Run(EndAsync));
        }
    }

    private async Task EndAsync()
    {
        engine.EndAll(new ObjectDisposedException(nameof(MpiPool)));
        await stop.CancelAsync().ConfigureAwait(false);
        if (starting is not null)
            await starting.ConfigureAwait(false);
        listener?.Dispose();
        if (ranks is not null)
            await ranks.EndAsync().ConfigureAwait(false);
        if (!options.KeepFiles)
            rendezvous?.Delete();
        guard?.Dispose();
    }

    private async Task StartAsync()
    {
        try
        {
            launcher = await launcher.ResolveAsync(stop.Token).ConfigureAwait(false);
            lock (gate)
            {
                if (disposed)
                    return;
                rendezvous = Rendezvous.Create(options.WorkFolder, folder => guard = options.KeepFiles ? null : FolderGuard.Start(folder));
                listener = new WorkerListener(rendezvous, Joined, objection => Fail(new JobFailedException(JobFailureReason.LaunchFailure, objection)));
                listener.Start(options.Ranks);
                Launch();
            }
        }
        catch (Exception e)
        {
            Fail(e);
        }
    }

    /// <summary>Starts the ranks. Under the lock.</summary>
    private void Launch()
    {
        RunningMark.Create(rendezvous!.RunningPath, options.Ranks);
        ranks = new LaunchedRanks(launcher, options, rendezvous, EndedEarly);
    }

    /// <summary>Starts the ranks again; what goes wrong ends the maps, whatever thread this is. Under the lock.</summary>
    private void LaunchAgain()
    {
        try
        {
            Launch();
        }
        catch (Exception e)
        {
            Fail(e);
        }
    }

    /// <summary>A root dialled in with its ranks.</summary>
    private void Joined(SocketCarrier carrier, Hello hello)
    {
        SocketLink link;
        lock (gate)
        {
            if (disposed || ranks is null)
                throw new LinkException("The pool has ended.");
            if (hello.Ranks.Count != options.Ranks)
            {
                carrier.Send(new Farewell(FarewellReason.Broken, "The world has another size than was asked for.").ToFrame());
                carrier.Dispose();
                ranks.Kill();
                Fail(new JobFailedException(JobFailureReason.LaunchFailure, $"{launcher.Name} was to start one world of {options.Ranks} ranks, but the first that " +
                    $"joined is a world of {hello.Ranks.Count} ({hello.Mpi}). The launcher belongs to another MPI than the library: name the launcher of that " +
                    "library in Mpiexec, or the library of that launcher in PATHOS_MPI_LIB."));
                return;
            }
            int heartbeat = (int)options.HeartbeatTimeout.TotalMilliseconds;
            link = new SocketLink(carrier, engine.Coordinator, heartbeat) { FirstRank = 0, Width = options.Ranks, IsRank = false, Output = options.Output.Write, Lost = Lost(ranks) };
            if (!ranks.TryJoin(link, hello))
                throw new LinkException("Another root has joined already, or the time was up.");
            for (int rank = 0; rank < hello.Ranks.Count; rank++)
                engine.Collector.Add(rank, hello.Ranks[rank].Node);
            carrier.Send(new Welcome(options.Ranks, heartbeat, options.RootComputes, rendezvous!.RunningPath).ToFrame());
        }
        engine.Coordinator.Add(link);
        link.Start();
    }

    /// <summary>The launcher ended, or the time was up, before the ranks had joined.</summary>
    private void EndedEarly(LaunchedRanks its, string how)
    {
        lock (gate)
        {
            if (disposed || its != ranks)
                return;
            if ((losses > 0 || its.WasKilled) && losses++ < options.Restarts)
            {
                LaunchAgain();
                return;
            }
        }
        Fail(new JobFailedException(JobFailureReason.LaunchFailure, how));
    }

    private Action<SocketLink, Farewell?, string> Lost(LaunchedRanks its) => (link, farewell, cause) => Lost(its, link, farewell, cause);

    /// <summary>The link to the root is gone, and so is the world.</summary>
    private void Lost(LaunchedRanks its, SocketLink link, Farewell? farewell, string cause)
    {
        if (disposed)
            return;
        link.Dispose();
        (string how, int? culprit, JobFailureReason reason) = its.KillAndDescribe(farewell, cause);
        bool blameless = farewell?.Reason == FarewellReason.Abandoned;
        IReadOnlyList<RunningItem>? running = RunningMark.Read(rendezvous!.RunningPath, culprit is { } rank ? [rank] : Enumerable.Range(0, options.Ranks));
        engine.Coordinator.Remove(link, new LinkLoss(how, blameless, running, culprit is not null));
        lock (gate)
        {
            if (disposed || its != ranks)
                return;
            bool progress = blameless || engine.Coordinator.Completed > completedAtLoss || running?.Count > 0;
            losses = progress ? 1 : losses + 1;
            completedAtLoss = engine.Coordinator.Completed;
            if (losses <= options.Restarts)
            {
                LaunchAgain();
                return;
            }
        }
        Fail(new JobFailedException(reason, $"The ranks were lost {losses} times with no item computed in between (Restarts is {options.Restarts}), the last so: {how}"));
    }

    private void Fail(Exception exception) =>
        engine.EndAll(exception as JobFailedException ?? new JobFailedException(JobFailureReason.LaunchFailure, $"The ranks could not be started: {exception.Message}", inner: exception));
}
