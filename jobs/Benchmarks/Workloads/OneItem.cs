using System.Diagnostics;

namespace PathosHpc.Benchmarks;

/// <summary>The time of a whole map that has one item, on a pool that has run maps before.</summary>
/// <param name="quantile">Which of the maps' times counts: 0.5 for the median.</param>
/// <param name="idle">How long the pool has nothing to do ahead of each map.</param>
internal sealed class OneItem(string name, string description, int maps, double quantile, TimeSpan idle) : Workload(name, "us", $"a warm map of one no-op item, {description} of {maps}")
{
    private static readonly int[] One = [42];

    public override async Task<double> MeasureAsync(Pool pool)
    {
        await WarmUpAsync(() => pool.MapAsync(static x => x, One));
        var times = new double[maps];
        for (int map = 0; map < maps; map++)
        {
            if (idle > TimeSpan.Zero)
                await Task.Delay(idle);
            long began = Stopwatch.GetTimestamp();
            await pool.MapAsync(static x => x, One);
            times[map] = Stopwatch.GetElapsedTime(began).TotalMicroseconds;
        }
        return Figures.Quantile(times, quantile);
    }
}
