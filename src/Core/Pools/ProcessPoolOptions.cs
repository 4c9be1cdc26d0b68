namespace PathosHpc;

/// <summary>How the worker processes of a <see cref="ProcessPool"/> are run.</summary>
public sealed record ProcessPoolOptions
{
    /// <summary>Worker processes that the pool starts; at least 1, or 0 when others come from <see cref="Servers"/>. Default: null, one for each core of this process, or
    /// inside an item the rank's share of them.</summary>
    public int? Workers { get; init; }

    /// <summary>Servers whose free workers the pool takes too, until it ends: names that <c>pathos serve</c> or <c>pathos connect</c> gave them on this machine, or paths of
    /// their token files. Default: none. One that is lost costs its items in flight a second computation, and is tried again; the pool goes on without one that stays away.</summary>
    public IReadOnlyList<string> Servers { get; init; } = [];

    /// <summary>How long a worker may be silent before it is taken for dead and replaced; at least 100 ms. Default: 30 s.
    /// A worker that computes is not silent, however long its item takes.</summary>
    public TimeSpan HeartbeatTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the workers may take to come up. Default: 60 s.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Where text goes that workers print. Default: <see cref="RankOutput.Prefixed"/>.</summary>
    public RankOutput Output { get; init; } = RankOutput.Prefixed;

    /// <summary>Folder under which the pool makes its private one. Default: null, the folder of temporary files.</summary>
    public string? WorkFolder { get; init; }

    /// <summary>Whether the private folder is kept when the pool ends. Default: false.</summary>
    public bool KeepFiles { get; init; }

    /// <summary>Every error in these options, as sentences.</summary>
    internal IEnumerable<string> Errors()
    {
        if (Workers < (Servers.Count > 0 ? 0 : 1))
            yield return $"Workers is {Workers}; a pool needs at least 1 (0 when it has Servers), or null for one on each core.";
        foreach (string server in Servers.Where(s => !ServerFile.IsUsable(s)))
            yield return $"Servers has '{server}'; each must be a name that 'pathos serve status' lists, or the path of a token file.";
        if (KeepFiles && Servers.Count > 0)
            yield return "KeepFiles is set, and Servers too, whose files are not this pool's to keep. Leave one out.";
        if (HeartbeatTimeout < TimeSpan.FromMilliseconds(100) || HeartbeatTimeout > TimeSpan.FromDays(1))
            yield return $"HeartbeatTimeout is {HeartbeatTimeout}; it must be from 100 ms to a day.";
        if (StartTimeout <= TimeSpan.Zero || StartTimeout > TimeSpan.FromDays(1))
            yield return $"StartTimeout is {StartTimeout}; it must be longer than zero and at most a day.";
    }
}
