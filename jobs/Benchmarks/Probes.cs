using System.Globalization;

namespace PathosHpc.Benchmarks;

/// <summary>Figures that need a process of their own: this program, started anew with one argument, prints one of them.</summary>
internal static class Probes
{
    /// <summary>The option with which this program runs one probe.</summary>
    public const string Option = "--probe";

    /// <summary>The rows: name, unit, description.</summary>
    public static IReadOnlyList<(string Name, string Unit, string Description)> Rows { get; } =
    [
        ("stream-memory", "MiB", "the most memory of client or root over a stream of 10^8 ints"),
        ("closure-memory", "of capture", "memory that a captured array of 80 MB takes on the rank that it takes most on, while items are computed"),
        ("crowded", "%", "items of 100 us a second on four ranks beside two, on the same cores"),
        ("idle", "%", "of a core that a rank of four takes while there is nothing to do"),
    ];

    /// <summary>Runs a probe in a new process.</summary>
    public static async Task<double> MeasureAsync(string probe, Contestant contestant, bool quick)
    {
        string[] lines = await Programs.LinesAsync("dotnet", [Programs.This, Option, probe, contestant.Name, $"{contestant.Workers}", quick ? "quick" : "full"]);
        return double.Parse(lines[^1], CultureInfo.InvariantCulture);
    }

    /// <summary>What the new process does.</summary>
    public static async Task RunAsync(string probe, Contestant contestant, bool quick)
    {
        double figure = probe switch
        {
            "stream-memory" => await StreamMemoryAsync(contestant, quick ? 1_000_000 : 100_000_000),
            "closure-memory" => await ClosureMemoryAsync(contestant),
            "crowded" => await CrowdedAsync(contestant, quick),
            _ => await IdleAsync(contestant with { Workers = 4 }),
        };
        Console.Out.WriteLine(figure.ToString(CultureInfo.InvariantCulture));
    }

    private static async Task<double> StreamMemoryAsync(Contestant contestant, int items)
    {
        await using var pool = contestant.MakePool();
        long sum = 0;
        await foreach (int x in pool.MapStreamAsync(static x => x, Enumerable.Range(0, items).Where(static _ => true)))
            sum += x;
        if (sum != (long)items * (items - 1) / 2)
            throw new InvalidOperationException("The stream gave wrong results.");
        long[] ranks = await pool.MapAsync(static _ => MemoryOf("VmHWM"), new int[4 * pool.Size]);
        return Math.Max(MemoryOf("VmHWM"), ranks.Max()) / 1024.0;
    }

    private static async Task<double> ClosureMemoryAsync(Contestant contestant)
    {
        await using var pool = contestant.MakePool();
        var before = await MemoryByRankAsync(pool, []);
        double[] large = [.. Enumerable.Range(0, 10_000_000).Select(i => (double)i)];
        var with = await MemoryByRankAsync(pool, large);
        return with.Max(rank => rank.Value - before.GetValueOrDefault(rank.Key, rank.Value)) * 1024.0 / (sizeof(double) * (double)large.Length);
    }

    /// <summary>Memory that each rank has in its last items of a map, in KiB.</summary>
    private static async Task<Dictionary<int, long>> MemoryByRankAsync(Pool pool, double[] captured)
    {
        var measured = await pool.MapAsync(i =>
        {
            Thread.Sleep(20);
            return (Environment.ProcessId, Memory: MemoryOf("VmRSS") + (captured.Length == i ? 1 : 0));
        }, Enumerable.Range(0, 50 * pool.Size), new MapOptions { ChunkSize = 1 });
        return measured.GroupBy(m => m.ProcessId).ToDictionary(g => g.Key, g => g.Last().Memory);
    }

    private static async Task<double> CrowdedAsync(Contestant contestant, bool quick)
    {
        double two = await RateAsync(contestant with { Workers = 2 }, quick), four = await RateAsync(contestant with { Workers = 4 }, quick);
        return 100 * four / two;
    }

    private static async Task<double> RateAsync(Contestant contestant, bool quick)
    {
        await using var pool = contestant.MakePool();
        return await new EqualItems(quick ? 2_000 : 20_000, 100) { WarmUp = Workload.WarmUpOf(quick) }.MeasureAsync(pool);
    }

    private static async Task<double> IdleAsync(Contestant contestant)
    {
        await using var pool = contestant.MakePool();
        int[] processes = [.. (await pool.MapAsync(static _ =>
        {
            Thread.Sleep(10);
            return Environment.ProcessId;
        }, new int[40], new MapOptions { ChunkSize = 1 })).Distinct()];
        await Task.Delay(1000);
        TimeSpan[] before = [.. processes.Select(ProcessorTime)];
        await Task.Delay(3000);
        return 100 * processes.Select((id, i) => (ProcessorTime(id) - before[i]).TotalSeconds / 3).Max();
    }

    private static TimeSpan ProcessorTime(int id)
    {
        using var process = System.Diagnostics.Process.GetProcessById(id);
        return process.TotalProcessorTime;
    }

    /// <summary>A line of what the kernel tells of this process's memory, in KiB.</summary>
    private static long MemoryOf(string line) =>
        long.Parse(File.ReadLines("/proc/self/status").First(l => l.StartsWith(line, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
}
