namespace PathosHpc;

/// <summary>What a pool has computed since it was made.</summary>
/// <param name="Ranks">One row for each rank or worker, by number. A rank that was started again keeps its row.</param>
public sealed record PoolStatistics(IReadOnlyList<RankStatistics> Ranks)
{
    /// <summary>Items computed by all ranks, failed ones included.</summary>
    public long Items => Ranks.Sum(r => r.Items);

    /// <summary>Time that all ranks spent inside the function.</summary>
    public TimeSpan Busy => TimeSpan.FromTicks(Ranks.Sum(r => r.Busy.Ticks));

    /// <summary>The same by node: the sum of its ranks, by name.</summary>
    public IReadOnlyList<NodeStatistics> Nodes => [.. Ranks.GroupBy(r => r.Node).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g =>
        new NodeStatistics(g.Key, g.Count(), g.Sum(r => r.Items), TimeSpan.FromTicks(g.Sum(r => r.Busy.Ticks)), Items == 0 ? 0 : (double)g.Sum(r => r.Items) / Items))];

    /// <summary>The share of all items that <paramref name="rank"/> computed, from 0 to 1.</summary>
    public double Share(int rank) => Items == 0 ? 0 : (double)Ranks.First(r => r.Rank == rank).Items / Items;
}
