namespace PathosHpc.Benchmarks;

/// <summary>Whether a map of a hundred times the items takes a hundred times as long.</summary>
internal sealed class Growth(string name, string dealing, MapOptions options, bool quick)
    : Workload(name, "%", $"the slowest of 10^5, 10^6 and 10^7 no-op items beside the fastest, in items a second, {dealing}")
{
    /// <summary>Worker processes deal 10^7 items one by one in a minute and a half.</summary>
    public override bool AppliesTo(Contestant contestant) => options.ChunkSize is null || contestant.Name != "processes";

    public override async Task<double> MeasureAsync(Pool pool)
    {
        int most = quick ? 1_000_000 : 10_000_000;
        // Whichever size came first would pay for compiling what all of them use.
        await new NoOps(Name, "", 1_000_000, options) { WarmUp = WarmUp }.MeasureAsync(pool);
        var rates = new List<double>();
        for (int items = 100_000; items <= most; items *= 10)
            rates.Add(await new NoOps(Name, "", items, options, repeats: Math.Clamp(15_000_000 / items, 3, 25)).MeasureAsync(pool));
        return 100 * rates.Min() / rates.Max();
    }
}
