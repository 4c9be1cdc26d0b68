namespace PathosHpc;

/// <summary>A host of an <see cref="SshPool"/>.</summary>
/// <param name="Host">The host. Whoever made it disposes it, after the pool.</param>
/// <param name="Workers">Worker processes there; null for one on each of its cores, or all that its server has free.</param>
public sealed record SshPoolHost(SshHost Host, int? Workers = null)
{
    /// <summary>Whether the workers are those of the server that runs there (<c>pathos serve</c>), at most <see cref="Workers"/> of them, instead of processes that the pool starts itself. Default: false.</summary>
    public bool JoinServer { get; init; }
}
