namespace PathosHpc;

/// <summary>Counts what each rank of a pool computes.</summary>
internal sealed class StatisticsCollector
{
    private readonly Lock gate = new();
    private readonly Dictionary<int, Row> rows = [];

    /// <summary>A rank has come up.</summary>
    public void Add(int rank, string node)
    {
        lock (gate)
            RowOf(rank).Node = node;
    }

    public void Count(int rank, int items, long nanoseconds)
    {
        lock (gate)
        {
            Row row = RowOf(rank);
            row.Items += items;
            row.Nanoseconds += nanoseconds;
        }
    }

    public PoolStatistics Snapshot()
    {
        lock (gate)
            return new PoolStatistics([.. rows.Values.OrderBy(r => r.Rank).Select(r => new RankStatistics(r.Rank, r.Node, r.Items, TimeSpan.FromTicks(r.Nanoseconds / 100)))]);
    }

    private Row RowOf(int rank)
    {
        if (!rows.TryGetValue(rank, out Row? row))
            rows.Add(rank, row = new Row(rank));
        return row;
    }

    private sealed class Row(int rank)
    {
        public int Rank => rank;

        public string Node { get; set; } = Environment.MachineName;

        public long Items { get; set; }

        public long Nanoseconds { get; set; }
    }
}
