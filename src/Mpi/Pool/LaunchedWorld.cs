namespace PathosHpc;

/// <summary>A world that this process starts with a launcher, and starts again when it is lost.</summary>
internal sealed class LaunchedWorld : ClientWorld
{
    private Launcher launcher;
    private Task<Launcher>? resolving;
    private Rendezvous? rendezvous;
    private WorkerListener? listener;
    private LaunchedRanks? ranks;
    private FolderGuard? guard;
    private int losses;
    private long completedAtLoss;

    public LaunchedWorld(MpiPoolOptions options, StatisticsCollector collector) : base(options, collector) => launcher = options.Launcher ?? new MpiexecLauncher(options.Mpiexec);

    protected override bool NeedsStart => rendezvous is null;

    /// <summary>Asks the launcher whose it is meanwhile: that is a process of its own, and the function takes as long to be written.</summary>
    public override void CheckProgram()
    {
        base.CheckProgram();
        lock (Gate)
        {
            if (!IsDisposed && NeedsStart)
                resolving ??= Task.Run(() => launcher.ResolveAsync(Stop.Token));
        }
    }

    protected override async Task EndAsync()
    {
        if (resolving is not null)
            await ((Task)resolving).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        listener?.Dispose();
        if (ranks is not null)
            await ranks.EndAsync().ConfigureAwait(false);
        if (!Options.KeepFiles)
            rendezvous?.Delete();
        guard?.Dispose();
    }

    protected override async Task StartAsync()
    {
        Task<Launcher>? asked;
        lock (Gate)
            (asked, resolving) = (resolving, null);
        launcher = await (asked ?? launcher.ResolveAsync(Stop.Token)).ConfigureAwait(false);
        lock (Gate)
        {
            if (IsDisposed)
                return;
            rendezvous = Rendezvous.Create(Options.WorkFolder, folder => guard = Options.KeepFiles ? null : FolderGuard.Start(folder));
            listener = new WorkerListener(rendezvous, Joined, objection => Fail(new JobFailedException(JobFailureReason.LaunchFailure, objection)));
            listener.Start(Options.Ranks);
            Launch();
        }
    }

    /// <summary>Starts the ranks. Under the lock.</summary>
    private void Launch()
    {
        RunningMark.Create(rendezvous!.RunningPath, Options.Ranks);
        ranks = new LaunchedRanks(launcher, Options, rendezvous, EndedEarly);
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
                Fail(new JobFailedException(JobFailureReason.LaunchFailure, $"{launcher.Name} was to start one world of {Options.Ranks} ranks, but the first that " +
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
            carrier.Send(new Welcome(Options.Ranks, heartbeat, Options.RootComputes, rendezvous!.RunningPath).ToFrame());
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
        IReadOnlyList<RunningItem>? running = RunningMark.Read(rendezvous!.RunningPath, end.Culprit is { } rank ? [rank] : Enumerable.Range(0, Options.Ranks));
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
