namespace PathosHpc;

/// <summary>What a pool has computed since it was made.</summary>
/// <param name="Ranks">One row for each rank or worker, by number. A rank that was started again keeps its row.</param>
public sealed record PoolStatistics(IReadOnlyList<RankStatistics> Ranks)
{
    /// <summary>Items computed by all ranks, failed ones included.</summary>
    public long Items => Ranks.Sum(r => r.Items);

    /// <summary>Time that all ranks spent inside the function.</summary>
    public TimeSpan Busy => TimeSpan.FromTicks(Ranks.Sum(r => r.Busy.Ticks));

    /// <summary>The share of all items that <paramref name="rank"/> computed, from 0 to 1.</summary>
    public double Share(int rank) => Items == 0 ? 0 : (double)Ranks.First(r => r.Rank == rank).Items / Items;
}
