using System.Diagnostics;

namespace PathosHpc.Benchmarks;

/// <summary>The time of a whole map that has one item, on a pool that has run maps before.</summary>
internal sealed class OneItem(int maps) : Workload("one-item", "us", $"a warm map of one no-op item, mean of {maps} maps in a row")
{
    private static readonly int[] One = [42];

    public override async Task<double> MeasureAsync(Pool pool)
    {
        var watch = Stopwatch.StartNew();
        for (int map = 0; map < maps; map++)
            await pool.MapAsync(static x => x, One);
        return watch.Elapsed.TotalMicroseconds / maps;
    }
}
