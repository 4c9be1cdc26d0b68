namespace PathosHpc;

/// <summary>A world that this process starts with a launcher, and starts again when it is lost.</summary>
internal sealed class LaunchedWorld : ClientWorld
{
    private readonly Launcher named;
    private Task<PreparedLaunch>? preparing;
    private PreparedLaunch? launch;
    private WorkerListener? listener;
    private LaunchedRanks? ranks;
    private int losses;
    private long completedAtLoss;

    public LaunchedWorld(MpiPoolOptions options, StatisticsCollector collector) : base(options, collector) => named = options.Launcher ?? new MpiexecLauncher(options.Mpiexec);

    protected override bool NeedsStart => launch is null;

    /// <summary>Prepares to start meanwhile: the function takes as long to be written.</summary>
    public override void CheckProgram()
    {
        base.CheckProgram();
        lock (Gate)
        {
            if (!IsDisposed && NeedsStart)
                preparing ??= PreparedLaunch.Begin(Options, named, Stop.Token);
        }
    }

    /// <summary>Waits for what ends, on a thread that may. The ranks are told first: they take longest.</summary>
    protected override Task EndAsync()
    {
        PreparedLaunch? its = launch ?? Prepared();
        ranks?.SayBye();
        listener?.Dispose();
        // Before the ranks have ended: were this process killed in the midst of it, they would remove what is left.
        its?.RemoveFolder();
        ranks?.End();
        its?.Dispose();
        return Task.CompletedTask;
    }

    protected override Task StartAsync()
    {
        Task<PreparedLaunch> prepared;
        lock (Gate)
            prepared = preparing ??= PreparedLaunch.Begin(Options, named, Stop.Token);
        PreparedLaunch its = prepared.GetAwaiter().GetResult();
        lock (Gate)
        {
            if (!IsDisposed)
                Start(its);
        }
        Rehearse(its);
        return Task.CompletedTask;
    }

    /// <summary>Starts the ranks, and then what they do not need before they are up. Under the lock.</summary>
    private void Start(PreparedLaunch its)
    {
        launch = its;
        Launch();
        try
        {
            listener = new WorkerListener(its.Rendezvous, Joined, objection => Fail(new JobFailedException(JobFailureReason.LaunchFailure, objection)));
            listener.Start(Options.Ranks);
        }
        catch (Exception)
        {
            ranks!.Kill();
            throw;
        }
    }

    /// <summary>Uses the time that the ranks take to come up.</summary>
    private static void Rehearse(PreparedLaunch its)
    {
        try
        {
            its.Rendezvous.LetRehearse(FunctionShipping.EncodeSample());
            SocketRehearsal.Run();
        }
        catch (Exception)
        {
            // Whatever is wrong is said where it matters.
        }
    }

    private PreparedLaunch? Prepared()
    {
        try
        {
            return preparing?.GetAwaiter().GetResult();
        }
        catch (Exception)
        {
            // There was nothing to start. Whoever wanted to was told.
            return null;
        }
    }

    /// <summary>Starts the ranks. Under the lock.</summary>
    private void Launch()
    {
        RunningMark.Create(launch!.Rendezvous.RunningPath, Options.Ranks);
        ranks = new LaunchedRanks(launch, Options, EndedEarly);
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
        lock (Gate)
        {
            if (IsDisposed || ranks is null)
                throw new LinkException("The pool has ended.");
            if (hello.Ranks.Count != Options.Ranks)
            {
                carrier.Send(new Farewell(FarewellReason.Broken, "The world has another size than was asked for.").ToFrame());
                carrier.Dispose();
                ranks.Kill();
                Fail(new JobFailedException(JobFailureReason.LaunchFailure, $"{launch!.Launcher.Name} was to start one world of {Options.Ranks} ranks, but the first that " +
                    $"joined is a world of {hello.Ranks.Count} ({hello.Mpi}). The launcher belongs to another MPI than the library: name the launcher of that " +
                    "library in Mpiexec, or the library of that launcher in PATHOS_MPI_LIB."));
                return;
            }
            int heartbeat = (int)Options.HeartbeatTimeout.TotalMilliseconds;
            link = new SocketLink(carrier, Engine.Coordinator, heartbeat) { FirstRank = 0, Width = Options.Ranks, IsRank = false, Output = Options.Output.Write, Lost = Lost(ranks) };
            if (!ranks.TryJoin(link, hello))
                throw new LinkException("Another root has joined already, or the time was up.");
            for (int rank = 0; rank < hello.Ranks.Count; rank++)
                Engine.Collector.Add(rank, hello.Ranks[rank].Node);
            carrier.Send(new Welcome(Options.Ranks, heartbeat, Options.RootComputes, launch!.Rendezvous.RunningPath).ToFrame());
        }
        Engine.Coordinator.Add(link);
        link.Start();
    }

    /// <summary>The launcher ended, or the time was up, before the ranks had joined.</summary>
    private void EndedEarly(LaunchedRanks its, string how)
    {
        lock (Gate)
        {
            if (IsDisposed || its != ranks)
                return;
            if ((losses > 0 || its.WasKilled) && losses++ < Options.Restarts)
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
        if (IsDisposed)
            return;
        link.Dispose();
        WorldEnd end = its.KillAndDescribe(farewell, cause);
        IReadOnlyList<RunningItem>? running = RunningMark.Read(launch!.Rendezvous.RunningPath, end.Culprit is { } rank ? [rank] : Enumerable.Range(0, Options.Ranks));
        Engine.Coordinator.Remove(link, new LinkLoss(end.How, end.IsBlameless, running, end.Culprit is not null));
        lock (Gate)
        {
            if (IsDisposed || its != ranks)
                return;
            bool progress = end.IsBlameless || Engine.Coordinator.Completed > completedAtLoss || running?.Count > 0;
            losses = progress ? 1 : losses + 1;
            completedAtLoss = Engine.Coordinator.Completed;
            if (losses <= Options.Restarts)
            {
                LaunchAgain();
                return;
            }
        }
        Fail(new JobFailedException(end.Reason, $"The ranks were lost {losses} times with no item computed in between (Restarts is {Options.Restarts}), the last so: {end.How}"));
    }
}
