namespace PathosHpc;

/// <summary>What the ranks of one node have computed.</summary>
/// <param name="Node">Name of the node; in a pool on hosts, the host's.</param>
/// <param name="Ranks">Ranks or workers there.</param>
/// <param name="Items">Items computed, failed ones included.</param>
/// <param name="Busy">Time spent inside the function, of all its ranks.</param>
/// <param name="Share">The share of the pool's items, from 0 to 1.</param>
public sealed record NodeStatistics(string Node, int Ranks, long Items, TimeSpan Busy, double Share);
