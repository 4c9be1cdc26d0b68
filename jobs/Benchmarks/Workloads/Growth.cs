namespace PathosHpc.Benchmarks;

/// <summary>Whether a map of a hundred times the items takes a hundred times as long.</summary>
internal sealed class Growth(string name, string dealing, MapOptions options, bool quick)
    : Workload(name, "%", $"the slowest of 10^5, 10^6 and 10^7 no-op items beside the fastest, in items a second, {dealing}")
{
    private static readonly int[] Counts = [100_000, 1_000_000, 10_000_000];

    /// <summary>Worker processes deal 10^7 items one by one in a minute and a half.</summary>
    public override bool AppliesTo(Contestant contestant) => options.ChunkSize is null || contestant.Name != "processes";

    public override async Task<double> MeasureAsync(Pool pool)
    {
        // Whichever size came first would pay for compiling what all of them use.
        await new NoOps(Name, "", 1_000_000, options) { WarmUp = WarmUp }.MeasureAsync(pool);
        (NoOps Maps, List<double> Rates)[] sizes =
            [.. Counts[..(quick ? 2 : 3)].Select(items => (new NoOps(Name, "", items, options, repeats: Math.Clamp(5_000_000 / items, 1, 9)), new List<double>()))];
        // In turn: a slow minute of the machine hits all sizes alike.
        for (int pass = 0; pass < (quick ? 1 : 3); pass++)
        {
            foreach ((NoOps maps, List<double> rates) in sizes)
                rates.Add(await maps.MeasureAsync(pool));
        }
        double[] medians = [.. sizes.Select(size => Figures.Quantile(size.Rates, 0.5))];
        return 100 * medians.Min() / medians.Max();
    }
}
