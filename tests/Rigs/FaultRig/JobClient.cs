using NLog;
using NLog.Config;
using NLog.Targets;
using PathosHpc;

namespace PathosHpc.FaultRig;

/// <summary>A program whose pool is a job of Slurm, and that is killed or stopped.</summary>
internal static class JobClient
{
    /// <param name="configuration">Path of slurm.conf.</param>
    /// <param name="work">Where job folders go.</param>
    /// <param name="grace">Seconds that the job lives without this process.</param>
    /// <param name="directive">A directive for the job; empty for none.</param>
    /// <param name="ssh">Configuration of ssh, to submit over the host "box"; empty to submit from here.</param>
    public static async Task<int> RunAsync(string configuration, string work, string grace, string directive, params string[] ssh)
    {
        var log = new LoggingConfiguration();
        log.AddRule(LogLevel.Debug, LogLevel.Fatal, new ConsoleTarget { StdErr = true, Layout = "${time} ${message} ${exception:format=Message}" }, "PathosHpc.*");
        LogManager.Configuration = log;
        await using SshHost? far = ssh is [var file] ? new SshHost("box", new SshHostOptions { ConfigurationFile = file, Interactive = false, LostAfter = TimeSpan.FromSeconds(4), Options = [$"SetEnv=SLURM_CONF={configuration}"] }) : null;
        await using var pool = new MpiPool(new MpiPoolOptions
        {
            Scheduler = new SlurmScheduler { ExtraDirectives = directive.Length == 0 ? [] : [directive] },
            Resources = new() { Nodes = 2, RanksPerNode = 1 },
            Host = far ?? (ClusterHost)new LocalHost { Variables = new Dictionary<string, string> { ["SLURM_CONF"] = configuration } },
            Mpiexec = "mpiexec.hydra",
            WorkFolder = work,
            HeartbeatTimeout = TimeSpan.FromSeconds(3),
            ClientGrace = TimeSpan.FromSeconds(double.Parse(grace, System.Globalization.CultureInfo.InvariantCulture)),
            JobProgress = new Told(),
        });
        long sum = 0;
        var (seen, processes) = (new HashSet<long>(), new HashSet<int>());
        await foreach ((long index, (int square, int process)) in pool.MapUnorderedAsync(x => { Thread.Sleep(50); return (x * x, Environment.ProcessId); }, Enumerable.Range(0, 300), new MapOptions { ChunkSize = 1 }))
        {
            if (seen.Count == 0)
                Console.WriteLine("mapping");
            if (!seen.Add(index))
                throw new InvalidOperationException($"The result of item {index} came twice.");
            sum += square;
            processes.Add(process);
        }
        Console.WriteLine($"sum {sum} of {seen.Count} by {processes.Count}");
        return 0;
    }

    private sealed class Told : IProgress<JobProgress>
    {
        public void Report(JobProgress value) => Console.WriteLine($"job {value.JobId} {value.State}");
    }
}
