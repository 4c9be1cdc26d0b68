namespace PathosHpc;

/// <summary>How many workers a pool has.</summary>
internal static class PoolSize
{
    /// <summary>The number asked for; by default the cores of this process, or, inside an item, this rank's share of them.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than 1 were asked for.</exception>
    public static int Checked(int? wanted, string parameter)
    {
        if (wanted is < 1)
            throw new ArgumentOutOfRangeException(parameter, wanted, $"A pool needs at least 1 worker, not {wanted}; leave it null for one on each core.");
        return wanted ?? Math.Max(1, Environment.ProcessorCount / (MapContext.Current?.LocalSize ?? 1));
    }
}
