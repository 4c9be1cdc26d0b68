namespace PathosHpc;

/// <summary>What an <see cref="SshPool"/> computes on, and how.</summary>
public sealed record SshPoolOptions
{
    /// <summary>The hosts. Default: none.</summary>
    public IReadOnlyList<SshPoolHost> Hosts { get; init; } = [];

    /// <summary>Worker processes on this machine beside those of the hosts. Default: null, one for each core of this process; 0 for none.</summary>
    public int? LocalWorkers { get; init; }

    /// <summary>How long a host may be silent before it is taken for dead; at least 100 ms. Default: 30 s. A host whose workers compute is not silent.</summary>
    public TimeSpan HeartbeatTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often in a row, with nothing computed in between, a host may be lost or not come up before the others go on without it. Default: 3.</summary>
    public int Restarts { get; init; } = 3;

    /// <summary>Where text goes that workers print. Default: <see cref="RankOutput.Prefixed"/>.</summary>
    public RankOutput Output { get; init; } = RankOutput.Prefixed;

    internal IEnumerable<string> Errors()
    {
        if (Hosts.Count == 0 && LocalWorkers == 0)
            yield return "The pool has neither Hosts nor LocalWorkers; nothing could compute.";
        if (LocalWorkers is < 0)
            yield return $"LocalWorkers is {LocalWorkers}; it must be 0 or more, or null for one on each core.";
        foreach (SshPoolHost host in Hosts.Where(h => h.Workers is < 1))
            yield return $"Workers of {host.Host.Name} is {host.Workers}; a host has at least 1, or null for one on each of its cores.";
        if (HeartbeatTimeout < TimeSpan.FromMilliseconds(100) || HeartbeatTimeout > TimeSpan.FromDays(1))
            yield return $"HeartbeatTimeout is {HeartbeatTimeout}; it must be from 100 ms to a day.";
        if (Restarts < 0)
            yield return $"Restarts is {Restarts}; it must be 0 or more.";
    }
}
