using System.Diagnostics;
using PathosHpc;

namespace PathosHpc.FaultRig;

/// <summary>A program that has a pool and is killed.</summary>
internal static class Client
{
    /// <param name="kind">"processes", or the mpiexec to use.</param>
    /// <param name="folder">Where the pool's folder goes; "busy" is written beside it by items that never end.</param>
    public static async Task<int> RunAsync(string kind, string folder)
    {
        await using Pool pool = kind == "processes"
            ? new ProcessPool(new ProcessPoolOptions { Workers = 2, WorkFolder = folder })
            : new MpiPool(new MpiPoolOptions { Ranks = 2, Mpiexec = kind, WorkFolder = folder, Environment = new Dictionary<string, string> { ["PATHOS_FAULT_SCENE"] = folder } });
        string busy = Path.Combine(Path.GetDirectoryName(folder)!, "busy");
        await pool.MapAsync(x =>
        {
            File.WriteAllText($"{busy}.{Environment.ProcessId}", "");
            for (var watch = Stopwatch.StartNew(); watch.Elapsed.TotalSeconds < 60;)
                Thread.SpinWait(1000);
            return x;
        }, [1, 2]);
        return 0;
    }
}
