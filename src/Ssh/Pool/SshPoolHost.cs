namespace PathosHpc;

/// <summary>A host of an <see cref="SshPool"/>.</summary>
/// <param name="Host">The host. Whoever made it disposes it, after the pool.</param>
/// <param name="Workers">Worker processes there; null for one on each of its cores.</param>
public sealed record SshPoolHost(SshHost Host, int? Workers = null);
