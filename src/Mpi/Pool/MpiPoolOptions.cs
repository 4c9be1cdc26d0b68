namespace PathosHpc;

/// <summary>How the ranks of an <see cref="MpiPool"/> are started and run.</summary>
public sealed record MpiPoolOptions
{
    private readonly int? ranks;
    private readonly TimeSpan? heartbeatTimeout;

    /// <summary>Ranks of the MPI job, the root among them; at least 1. They may be more than there are cores. Default: those of
    /// <see cref="Resources"/>; without a scheduler it must be set.</summary>
    public int Ranks { get => ranks ?? Resources?.TotalRanks ?? 0; init => ranks = value; }

    /// <summary>The scheduler that starts the ranks, in one job that serves all maps of the pool. Without <see cref="Host"/> the program must lie on a file
    /// system that the nodes share. Default: null, the ranks are started at once, here or on <see cref="Host"/>.</summary>
    public Scheduler? Scheduler { get; init; }

    /// <summary>What is asked of <see cref="Scheduler"/>. Default: null; must be set with a scheduler.</summary>
    public ResourceRequest? Resources { get; init; }

    /// <summary>The machine from which the job is submitted, or without a <see cref="Scheduler"/> the one that the ranks run on. The program, and the .NET runtime
    /// if need be, are brought to one behind ssh. Whoever made it disposes it, after the pool. Default: null, this one.</summary>
    public ClusterHost? Host { get; init; }

    /// <summary>The job's name for people. Default: <c>pathos</c>.</summary>
    public string JobName { get; init; } = "pathos";

    /// <summary>Told what becomes of the job: its state, why it waits, when it is expected to start. Default: null.</summary>
    public IProgress<JobProgress>? JobProgress { get; init; }

    /// <summary>How long a job lives without its client: while it waits, it starts, waits that long for the client and ends. At least a second.
    /// Default: 10 minutes.</summary>
    public TimeSpan ClientGrace { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a job may have no map until it ends; the next map submits another. At least a second. Default: null, as long as the pool.</summary>
    public TimeSpan? IdleTimeout { get; init; }

    /// <summary>How often a job from <see cref="MpiPool.SubmitAsync{TItem, TResult}(MpiPoolOptions, Func{TItem, TResult}, IEnumerable{TItem}, MapOptions?, CancellationToken)"/> is
    /// followed by another for the items that are still missing when it ends: those wait in the queue from the beginning, and go when there is nothing left to do. Default: 0.</summary>
    public int Resubmit { get; init; }

    /// <summary>How long before its walltime a job from SubmitAsync deals no more items, so that those that are computed then are finished and kept.
    /// Default: 2 minutes, and at most a quarter of the walltime.</summary>
    public TimeSpan DrainBefore { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>What carries frames between this process and the job. Default: <see cref="LinkWay.Any"/>.</summary>
    public LinkWay Way { get; init; }

    /// <summary>The network interface, by its name or its address, on which this process and the root listen for one another. Default: null, all.</summary>
    public string? Interface { get; init; }

    /// <summary>The TCP ports, from the first to the last, on which this process and the root may listen. Default: null, any.</summary>
    public (int First, int Last)? PortRange { get; init; }

    /// <summary>What starts the ranks. Default: null, an <see cref="MpiexecLauncher"/> for <see cref="Mpiexec"/>.</summary>
    public Launcher? Launcher { get; init; }

    /// <summary>The mpiexec to use: a path, or a name to be looked up on PATH. Default: null, the first one found.</summary>
    public string? Mpiexec { get; init; }

    /// <summary>Arguments for the launcher, put ahead of the program. Default: none.</summary>
    public IReadOnlyList<string> LauncherArguments { get; init; } = [];

    /// <summary>The MPI library that ranks load, as PATHOS_MPI_LIB names it. Default: null, the one that belongs to the launcher.</summary>
    public string? MpiLibrary { get; init; }

    /// <summary>Whether the root computes items too. Default: true.</summary>
    public bool RootComputes { get; init; } = true;

    /// <summary>How long a rank may be silent before the ranks are taken for dead and started again, and <see cref="Host"/> be away before a map fails; at least
    /// 100 ms. Default: 30 s, and 5 minutes with a scheduler or a host. A rank that computes is not silent, however long its item takes; time for which it was suspended, or this
    /// process stopped, does not count.</summary>
    public TimeSpan HeartbeatTimeout { get => heartbeatTimeout ?? (Queue is null ? TimeSpan.FromSeconds(30) : TimeSpan.FromMinutes(5)); init => heartbeatTimeout = value; }

    /// <summary>How long the ranks may take to come up. Default: 60 s.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How often ranks that were lost are started again while no item gets done in between, and in a job what starts them when it is killed. Default: 3.</summary>
    public int Restarts { get; init; } = 3;

    /// <summary>Variables to set for the ranks. Default: none.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Where text goes that ranks print. Default: <see cref="RankOutput.Prefixed"/>.</summary>
    public RankOutput Output { get; init; } = RankOutput.Prefixed;

    /// <summary>Folder under which the pool makes its private one. Default: null, the folder of temporary files; with a scheduler, whose
    /// nodes must see it, <c>$PATHOS_WORK</c> or else <c>~/.pathos-hpc/jobs</c>.</summary>
    public string? WorkFolder { get; init; }

    /// <summary>Whether each node of a job unpacks the program's folder, as it is at the submission, for itself, below <c>$TMPDIR</c> or else <c>/tmp</c>, so that many ranks do not ask the
    /// shared file system for many files. Ranks find what lies beside the program beside their copy, and cannot write there. Where a node has no place for it,
    /// they start from the shared folder, which the log tells. Default: true.</summary>
    public bool CopyProgram { get; init; } = true;

    /// <summary>Whether the private folder is kept when the pool ends. Default: false.</summary>
    public bool KeepFiles { get; init; }

    /// <summary>What the ranks are a job of; null when this process starts them.</summary>
    internal Scheduler? Queue => Scheduler ?? (Host is null or LocalHost ? null : HostProcesses.Instance);

    /// <summary>What is asked of <see cref="Queue"/>.</summary>
    internal ResourceRequest Request => Resources ?? new ResourceRequest { Ranks = Ranks };

    /// <summary>Every error in these options, as sentences.</summary>
    internal IEnumerable<string> Errors()
    {
        if (Ranks < 1)
            yield return $"Ranks is {Ranks}; an MPI job needs at least 1.";
        foreach (string error in JobErrors())
            yield return error;
        if (Launcher is not null && Mpiexec is not null)
            yield return $"Launcher and Mpiexec are both set; name '{Mpiexec}' in the launcher, or leave Launcher null.";
        if (HeartbeatTimeout < TimeSpan.FromMilliseconds(100) || HeartbeatTimeout > TimeSpan.FromDays(1))
            yield return $"HeartbeatTimeout is {HeartbeatTimeout}; it must be from 100 ms to a day.";
        if (StartTimeout <= TimeSpan.Zero || StartTimeout > TimeSpan.FromDays(1))
            yield return $"StartTimeout is {StartTimeout}; it must be longer than zero and at most a day.";
        if (Restarts < 0)
            yield return $"Restarts is {Restarts}; it must be 0 or more.";
    }

    /// <summary>What the ranks' supervisor is told.</summary>
    internal WorldRequest ToWorldRequest() => new()
    {
        Ranks = Ranks,
        RanksPerNode = Request.HasNodes ? Request.RanksPerNode ?? 1 : null,
        CoresPerRank = Request.CoresPerRank > 1 ? Request.CoresPerRank : null,
        Launcher = Launcher,
        Mpiexec = Mpiexec,
        LauncherArguments = LauncherArguments,
        Allocation = Scheduler?.Allocation(new JobSpec { Resources = Request }),
        RootComputes = RootComputes,
        HeartbeatMilliseconds = (int)HeartbeatTimeout.TotalMilliseconds,
        StartMilliseconds = (long)StartTimeout.TotalMilliseconds,
        Restarts = Restarts,
        ClientGraceMilliseconds = (long)ClientGrace.TotalMilliseconds,
        IdleMilliseconds = (long)(IdleTimeout ?? TimeSpan.Zero).TotalMilliseconds,
        Way = Way,
        Interface = Interface,
        PortRange = PortRange,
    };

    /// <summary>The job in which a world is started.</summary>
    /// <param name="arguments">What <see cref="RankMain"/> does on the first node.</param>
    /// <param name="files">Files of the job folder, besides what the pool asks of the world.</param>
    /// <param name="cancellationToken">Ends the bringing of the program to another host.</param>
    internal async Task<JobSpec> ToJobSpecAsync(string[] arguments, Dictionary<string, byte[]> files, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> command;
        IReadOnlyList<ProgramArchive> archives = [];
        bool isCopied = CopyProgram && Scheduler is not null;
        if (Host is { SharesFiles: false } far)
        {
            ApplicationStage stage = await ApplicationStage.BringAsync(far, forNodes: true, cancellationToken).ConfigureAwait(false);
            command = stage.CommandOnNode(typeof(MpiPool).Assembly, arguments);
            if (isCopied)
                archives = await stage.PackAsync(far, WorkFolder, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            if (isCopied)
                archives = await ProgramArchive.OfThisProgramAsync(Host ?? LocalHost.Instance, WorkFolder, cancellationToken).ConfigureAwait(false);
            var (own, variables) = WorkerProgram.Command(typeof(MpiPool).Assembly, arguments);
            // Not as variables of the job: its ranks need other values.
            command = ["env", .. variables.Select(v => $"{v.Key}={v.Value}"), .. own];
        }
        var environment = new Dictionary<string, string>(Environment);
        if (MpiLibrary is not null)
            environment["PATHOS_MPI_LIB"] = MpiLibrary;
        files[$"{WorldFolder.Name}/{WorldFolder.Request}"] = ToWorldRequest().ToBytes();
        return new JobSpec
        {
            Name = JobName,
            Resources = Request,
            Command = command,
            Environment = environment,
            OutlivesNodes = true,
            Restarts = Restarts,
            Archives = archives,
            Files = files,
        };
    }

    private IEnumerable<string> JobErrors()
    {
        if (Scheduler is null)
        {
            if (Resources is not null)
                yield return "Resources are asked for, but there is no Scheduler to ask; set Scheduler, or Ranks alone.";
            if (Host is null or LocalHost)
                yield break;
        }
        else if (Resources is null)
            yield return "Scheduler is set, but not Resources; say what to ask of it.";
        else if (ranks is { } own && own != Resources.TotalRanks)
            yield return $"Ranks is {own}, but Resources ask for {Resources.TotalRanks}; leave Ranks alone.";
        else
        {
            foreach (string error in Scheduler.Check(new JobSpec { Name = JobName, Resources = Resources, Command = ["rank"], Environment = Environment }))
                yield return error;
        }
        if (WorkFolder is not null && !WorkFolder.StartsWith('/'))
            yield return $"WorkFolder is '{WorkFolder}'; with a scheduler or a host it must be an absolute path, which the nodes can find.";
        if (ClientGrace < TimeSpan.FromSeconds(1))
            yield return $"ClientGrace is {ClientGrace}; it must be at least a second.";
        if (IdleTimeout < TimeSpan.FromSeconds(1))
            yield return $"IdleTimeout is {IdleTimeout}; it must be at least a second, or null.";
        if (Resubmit is < 0 or > 1000)
            yield return $"Resubmit is {Resubmit}; it must be from 0 to 1000.";
        if (DrainBefore < TimeSpan.Zero)
            yield return $"DrainBefore is {DrainBefore}; it must not be negative.";
        if (PortRange is { } range && (range.First < 1 || range.Last < range.First || range.Last > ushort.MaxValue))
            yield return $"PortRange is {range.First} to {range.Last}; it must lie within 1 to {ushort.MaxValue}, the first not above the last.";
    }
}
