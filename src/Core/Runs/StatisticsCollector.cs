namespace PathosHpc;

/// <summary>Counts what each rank of a pool computes.</summary>
internal sealed class StatisticsCollector
{
    private readonly Lock gate = new();
    private readonly SortedDictionary<int, (string Node, long Items, long Nanoseconds)> rows = [];

    /// <summary>A rank has come up.</summary>
    public void Add(int rank, string node)
    {
        lock (gate)
            rows[rank] = rows.TryGetValue(rank, out var row) ? row with { Node = node } : (node, 0, 0);
    }

    public void Count(int rank, int items, long nanoseconds)
    {
        lock (gate)
        {
            var row = rows.TryGetValue(rank, out var known) ? known : (Environment.MachineName, 0, 0);
            rows[rank] = (row.Item1, row.Item2 + items, row.Item3 + nanoseconds);
        }
    }

    public PoolStatistics Snapshot()
    {
        lock (gate)
            return new PoolStatistics([.. rows.Select(r => new RankStatistics(r.Key, r.Value.Node, r.Value.Items, TimeSpan.FromTicks(r.Value.Nanoseconds / 100)))]);
    }
}
