namespace PathosHpc.Benchmarks;

/// <summary>Whether a map of a hundred times the items takes a hundred times as long.</summary>
internal sealed class Growth(string name, string dealing, MapOptions options, bool quick)
    : Workload(name, "%", $"the slowest of 10^5, 10^6 and 10^7 no-op items beside the fastest, in items a second, {dealing}")
{
    private const int Passes = 3;

    /// <summary>Worker processes deal 10^7 items one by one in a minute and a half.</summary>
    public override bool AppliesTo(Contestant contestant) => options.ChunkSize is null || contestant.Name != "processes";

    public override async Task<double> MeasureAsync(Pool pool)
    {
        (int Items, int Repeats)[] sizes = quick ? [(100_000, 3), (1_000_000, 1)] : [(100_000, 9), (1_000_000, 5), (10_000_000, 1)];
        // Whichever size came first would pay for compiling what all of them use.
        await new NoOps(Name, "", 1_000_000, options) { WarmUp = WarmUp }.MeasureAsync(pool);
        var rates = sizes.Select(_ => new List<double>()).ToArray();
        // In turn: a slow minute of the machine hits all sizes alike.
        for (int pass = 0; pass < Passes; pass++)
        {
            for (int size = 0; size < sizes.Length; size++)
                rates[size].Add(await new NoOps(Name, "", sizes[size].Items, options, sizes[size].Repeats).MeasureAsync(pool));
        }
        double[] medians = [.. rates.Select(of => Figures.Quantile(of, 0.5))];
        return 100 * medians.Min() / medians.Max();
    }
}
