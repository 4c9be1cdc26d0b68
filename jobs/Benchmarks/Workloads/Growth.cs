using System.Diagnostics;

namespace PathosHpc.Benchmarks;

/// <summary>Whether a map of a hundred times the items takes a hundred times as long.</summary>
internal sealed class Growth(bool quick) : Workload("growth", "%", "the slowest of 10^5, 10^6 and 10^7 no-op items beside the fastest, in items a second")
{
    public override async Task<double> MeasureAsync(Pool pool)
    {
        var rates = new List<double>();
        for (int items = 100_000; items <= (quick ? 1_000_000 : 10_000_000); items *= 10)
            rates.Add(await new NoOps(Name, "", items, new MapOptions()).MeasureAsync(pool));
        return 100 * rates.Min() / rates.Max();
    }
}
