using PathosHpc;

namespace PathosHpc.FaultRig;

/// <summary>A program that maps with a journal, and is killed and started again until its map is done.</summary>
internal static class Journaling
{
    /// <summary>What the function gives; the test knows it too.</summary>
    public static long Value(int x)
    {
        Thread.SpinWait(x % 50 == 0 ? 20_000 : 200);
        return (long)x * x;
    }

    /// <param name="args">The program's.</param>
    /// <param name="kind">The kind of pool, or the mpiexec to use.</param>
    /// <param name="folder">The journal.</param>
    /// <param name="count">Items.</param>
    public static async Task<int> RunAsync(string[] args, string kind, string folder, int count)
    {
        if (kind == "world")
            return await MpiPool.RunWorldAsync(args, pool => MapAsync(pool, folder, count));
        await using Pool pool = kind switch
        {
            "serial" => new SerialPool(),
            "threads" => new ThreadedPool(2),
            "processes" => new ProcessPool(2),
            _ => new MpiPool(new MpiPoolOptions { Ranks = 2, Mpiexec = kind }),
        };
        await MapAsync(pool, folder, count);
        return 0;
    }

    private static async Task MapAsync(Pool pool, string folder, int count)
    {
        var options = new MapOptions { Journal = folder };
        using var seen = new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true };
        await foreach (var (index, value) in pool.MapUnorderedAsync(Value, Enumerable.Range(0, count), options))
            seen.Write($"{index} {value} .\n");
        seen.Write("done\n");
    }
}
