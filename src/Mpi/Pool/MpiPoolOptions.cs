namespace PathosHpc;

/// <summary>How the ranks of an <see cref="MpiPool"/> are started and run.</summary>
public sealed record MpiPoolOptions
{
    /// <summary>Ranks of the MPI job, the root among them; at least 1. They may be more than there are cores.</summary>
    public required int Ranks { get; init; }

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

    /// <summary>How long a rank may be silent before the ranks are taken for dead and started again; at least 100 ms. Default: 30 s.
    /// A rank that computes is not silent, however long its item takes.</summary>
    public TimeSpan HeartbeatTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the ranks may take to come up. Default: 60 s.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How often ranks that were lost are started again while no item gets done in between. Default: 3.</summary>
    public int Restarts { get; init; } = 3;

    /// <summary>Variables to set for the ranks. Default: none.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Where text goes that ranks print. Default: <see cref="RankOutput.Prefixed"/>.</summary>
    public RankOutput Output { get; init; } = RankOutput.Prefixed;

    /// <summary>Folder under which the pool makes its private one. Default: null, the folder of temporary files.</summary>
    public string? WorkFolder { get; init; }

    /// <summary>Whether the private folder is kept when the pool ends. Default: false.</summary>
    public bool KeepFiles { get; init; }

    /// <summary>Every error in these options, as sentences.</summary>
    internal IEnumerable<string> Errors()
    {
        if (Ranks < 1)
            yield return $"Ranks is {Ranks}; an MPI job needs at least 1.";
        if (Launcher is not null && Mpiexec is not null)
            yield return $"Launcher and Mpiexec are both set; name '{Mpiexec}' in the launcher, or leave Launcher null.";
        if (HeartbeatTimeout < TimeSpan.FromMilliseconds(100) || HeartbeatTimeout > TimeSpan.FromDays(1))
            yield return $"HeartbeatTimeout is {HeartbeatTimeout}; it must be from 100 ms to a day.";
        if (StartTimeout <= TimeSpan.Zero || StartTimeout > TimeSpan.FromDays(1))
            yield return $"StartTimeout is {StartTimeout}; it must be longer than zero and at most a day.";
        if (Restarts < 0)
            yield return $"Restarts is {Restarts}; it must be 0 or more.";
    }
}
