using System.Diagnostics;

namespace PathosHpc.Benchmarks;

/// <summary>METG(50%), the minimum effective task granularity: the shortest item at which the workers still spend half of the time in
/// the function. Items busy-wait.</summary>
internal sealed class Granularity(string name, string how, MapOptions options, bool quick)
    : Workload(name, "us", $"shortest busy-waiting item, {how}, at which two workers are still 50 % efficient")
{
    private const double Longest = 2000, Shortest = 0.05;

    // Work for each worker at each length, long enough to be timed and short enough to be searched.
    private readonly double microsecondsEach = quick ? 20_000 : 100_000;

    public override bool AppliesTo(Contestant contestant) => contestant.Workers == 2;

    /// <summary>Halves the item's length until efficiency falls below one half, and interpolates in between.</summary>
    public override async Task<double> MeasureAsync(Pool pool)
    {
        await WarmUpAsync(() => EfficiencyOnceAsync(pool, 10), () => pool.MapAsync(BusyWait, new long[2 * pool.Size], options));
        double longer = Longest, efficiencyOfLonger = await EfficiencyAsync(pool, longer);
        if (efficiencyOfLonger < 0.5)
            return double.NaN;
        for (double length = longer / 2; length >= Shortest; length /= 2)
        {
            double efficiency = await EfficiencyAsync(pool, length);
            if (efficiency < 0.5)
            {
                double share = (efficiencyOfLonger - 0.5) / (efficiencyOfLonger - efficiency);
                return longer * Math.Pow(length / longer, share);
            }
            (longer, efficiencyOfLonger) = (length, efficiency);
        }
        return longer;
    }

    /// <summary>The median of some maps: one during which another program has a core for a while does not count.</summary>
    private async Task<double> EfficiencyAsync(Pool pool, double microseconds)
    {
        const int Repeats = 3;
        var efficiencies = new double[Repeats];
        for (int repeat = 0; repeat < Repeats; repeat++)
            efficiencies[repeat] = await EfficiencyOnceAsync(pool, microseconds);
        return Figures.Quantile(efficiencies, 0.5);
    }

    private async Task<double> EfficiencyOnceAsync(Pool pool, double microseconds)
    {
        int items = (int)Math.Clamp(pool.Size * microsecondsEach / microseconds, 20 * pool.Size, options.ChunkSize is null ? 5_000_000 : 200_000);
        long ticks = (long)(microseconds * Stopwatch.Frequency / 1e6);
        long[] input = [.. Enumerable.Repeat(ticks, items)];
        var watch = Stopwatch.StartNew();
        await pool.MapAsync(BusyWait, input, options);
        return items * microseconds / 1e6 / pool.Size / watch.Elapsed.TotalSeconds;
    }

    private static int BusyWait(long ticks)
    {
        long end = Stopwatch.GetTimestamp() + ticks;
        int turns = 0;
        while (Stopwatch.GetTimestamp() < end)
            turns++;
        return turns;
    }
}
