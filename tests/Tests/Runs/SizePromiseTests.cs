using System.Diagnostics;
using System.Globalization;
using Xunit.Abstractions;

namespace PathosHpc.Tests;

/// <summary>Promises on memory and sizes. They run beside no other test, since they look at the memory of this process.</summary>
[Collection(nameof(SizePromiseTests))]
public sealed class SizePromiseTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private struct Empty;

    public static TheoryData<string> Kinds => ["serial", "threads", "processes"];

    [Theory]
    [InlineData("threads")]
    [InlineData("processes")]
    public async Task Ten_million_items_stream_in_bounded_memory(string kind)
    {
        const int Count = 10_000_000;
        await using Pool pool = NewPool(kind);
        await pool.MapAsync(x => x, new[] { 1 }).WaitAsync(Patience);
        GC.Collect();
        long before = Environment.WorkingSet, peak = before;
        int expected = 0;
        var watch = Stopwatch.StartNew();
        await foreach (int result in pool.MapStreamAsync(x => x + 1, Naturals()))
        {
            if (result != ++expected)
                Assert.Fail($"Result {expected - 1} is {result}.");
            if (expected % 50_000 == 0)
                peak = Math.Max(peak, Environment.WorkingSet);
            if (expected == Count)
                break;
        }
        output.WriteLine($"{kind}: {Count / watch.Elapsed.TotalSeconds / 1e6:0.0} M items/s, {(peak - before) >> 20} MiB more at the peak.");
        Assert.InRange(peak - before, 0, 200L << 20);
    }

    [Theory, MemberData(nameof(Kinds))]
    public async Task Items_and_results_of_no_bytes(string kind)
    {
        await using Pool pool = NewPool(kind);
        foreach (MapOptions options in (MapOptions[])[new(), new() { Strategy = MapStrategy.ScatterGather }, new() { ChunkSize = 3 }])
        {
            int[][] empty = await pool.MapAsync(x => x, Enumerable.Range(0, 1000).Select(_ => Array.Empty<int>()), options).WaitAsync(Patience);
            Assert.Equal(1000, empty.Length);
            Assert.All(empty, e => Assert.Empty(e));
            string?[] nulls = await pool.MapAsync(x => x, new string?[100], options).WaitAsync(Patience);
            Assert.Equal(new string?[100], nulls);
            Assert.Equal(50, (await pool.MapAsync(x => x, new Empty[50], options).WaitAsync(Patience)).Length);
            Assert.Equal(new object?[10], await pool.MapAsync(_ => (object?)null, new object?[10], options).WaitAsync(Patience));
            Assert.Empty(await pool.MapAsync(x => x, Array.Empty<string>(), options).WaitAsync(Patience));
        }
    }

    [LargeMemoryFact(Gigabytes = 12)]
    public async Task One_item_beyond_2_GiB()
    {
        await using var pool = new ProcessPool(1);
        long[] item = new long[300_000_000];
        for (int i = 0; i < item.Length; i++)
            item[i] = i;
        var watch = Stopwatch.StartNew();
        long[] sums = await pool.MapAsync(x => { long sum = 0; foreach (long v in x) sum += v; return sum + x.Length; }, new[] { item }).WaitAsync(Patience);
        Assert.Equal([(300_000_000L * 299_999_999 / 2) + 300_000_000], sums);
        output.WriteLine($"2.4 GB in {watch.Elapsed.TotalSeconds:0.0} s.");
    }

    [LargeMemoryFact(Gigabytes = 12)]
    public async Task One_result_beyond_2_GiB()
    {
        await using var pool = new ProcessPool(1);
        var watch = Stopwatch.StartNew();
        long[] result = await pool.RunAsync(n => { var made = new long[n]; for (int i = 0; i < n; i++) made[i] = 3L * i; return made; }, 300_000_000).WaitAsync(Patience);
        Assert.Equal(300_000_000, result.Length);
        for (int i = 0; i < result.Length; i += 9973)
            Assert.Equal(3L * i, result[i]);
        Assert.Equal(3L * 299_999_999, result[^1]);
        output.WriteLine($"2.4 GB in {watch.Elapsed.TotalSeconds:0.0} s.");
    }

    private static Pool NewPool(string kind) => kind switch { "serial" => new SerialPool(), "threads" => new ThreadedPool(2), _ => new ProcessPool(2) };

    private static IEnumerable<int> Naturals()
    {
        for (int i = 0; ; i++)
            yield return i;
    }
}

[CollectionDefinition(nameof(SizePromiseTests), DisableParallelization = true)]
public sealed class SizePromiseGroup;

/// <summary>A test that is left out, with a sentence, where too little memory is free.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class LargeMemoryFactAttribute : FactAttribute
{
    private readonly int gigabytes;

    /// <summary>Free memory that the test needs.</summary>
    public int Gigabytes
    {
        get => gigabytes;
        init
        {
            gigabytes = value;
            double free = Free();
            if (free < value)
                Skip = string.Create(CultureInfo.InvariantCulture, $"It needs {value} GB of free memory, but only {free:0.0} GB are free.");
        }
    }

    private static double Free()
    {
        const string Info = "/proc/meminfo";
        string? line = File.Exists(Info) ? File.ReadLines(Info).FirstOrDefault(l => l.StartsWith("MemAvailable:", StringComparison.Ordinal)) : null;
        return line is null ? 0 : long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1e6;
    }
}
