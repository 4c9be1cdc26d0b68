using System.Diagnostics;
using PathosHpc;

namespace PathosHpc.FaultRig;

/// <summary>A program that mpiexec runs on all ranks, and that ends in many ways.</summary>
internal static class World
{
    public static Task<int> RunAsync(string[] args, string what)
    {
        int early = Convert.ToInt32(Environment.GetEnvironmentVariable("PMI_RANK") ?? Environment.GetEnvironmentVariable("OMPI_COMM_WORLD_RANK"), null);
        if (what.StartsWith("before-", StringComparison.Ordinal) && early == 1)
            Environment.Exit(what == "before-exit0" ? 0 : 3);
        return MpiPool.RunWorldAsync(args, pool => BodyAsync(pool, what));
    }

    private static async Task<int> BodyAsync(MpiPool pool, string what)
    {
        int[] items = [.. Enumerable.Range(0, 60)];
        switch (what)
        {
            case "normal":
                int[] doubled = await pool.MapAsync(x => { Thread.Sleep(2); return 2 * x; }, items);
                Console.WriteLine($"sum {doubled.Sum()} on {pool.Statistics.Ranks.Count(r => r.Items > 0)} ranks");
                return 0;
            case "code":
                return 7;
            case "nothing":
                return 0;
            case "throws":
                await pool.MapAsync(x => x, items);
                throw new InvalidOperationException("the body threw on purpose");
            case "item-throws":
                await pool.MapAsync(x => x == 30 ? throw new InvalidDataException("item 30 threw on purpose") : x, items);
                return 0;
            case "item-fails-and-is-caught":
                try
                {
                    await pool.MapAsync(x => x == 30 ? throw new InvalidDataException() : x, items);
                }
                catch (ItemFailedException e)
                {
                    Console.WriteLine($"caught item {e.Index}");
                }
                return (await pool.MapAsync(x => x, items)).Length == 60 ? 0 : 1;
            case "root-exit0" or "root-exit3":
                Task<int[]> map = pool.MapAsync(x => { Thread.Sleep(50); return x; }, items);
                await Task.Delay(200);
                Environment.Exit(what == "root-exit0" ? 0 : 3);
                await map;
                return 0;
            case "left":
                // The item that still computes heeds nothing, and nobody waits for it.
                await foreach ((long index, int _) in pool.MapUnorderedAsync(x => { Thread.Sleep(x == 0 ? 0 : 20_000); return x; }, items, new MapOptions { ChunkSize = 1 }))
                {
                    Console.WriteLine($"item {index} came first");
                    break;
                }
                return 4;
            case "timeout":
                await pool.MapAsync(x => { Thread.Sleep(x == 20 ? 60_000 : 0); return x; }, items, new MapOptions { ItemTimeout = TimeSpan.FromSeconds(0.5), ChunkSize = 1 });
                return 0;
            default:
                await pool.MapAsync(x => { EndOnRank1(what); Thread.Sleep(5); return x; }, items, new MapOptions { ChunkSize = 1 });
                return 0;
        }
    }

    private static void EndOnRank1(string how)
    {
        if (MapContext.Current!.Rank != 1)
            return;
        switch (how)
        {
            case "exit0":
                Environment.Exit(0);
                break;
            case "exit3":
                Environment.Exit(3);
                break;
            case "kill":
                Process.GetCurrentProcess().Kill();
                Thread.Sleep(Timeout.Infinite);
                break;
            case "stop":
                Process.Start("/bin/kill", ["-STOP", $"{Environment.ProcessId}"])!.WaitForExit();
                break;
        }
    }
}
