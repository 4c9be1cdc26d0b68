namespace PathosHpc;

/// <summary>What one rank of a pool has computed.</summary>
/// <param name="Rank">Number of the rank or worker, from 0.</param>
/// <param name="Node">Name of its node.</param>
/// <param name="Items">Items computed, failed ones included.</param>
/// <param name="Busy">Time spent inside the function.</param>
public sealed record RankStatistics(int Rank, string Node, long Items, TimeSpan Busy);
