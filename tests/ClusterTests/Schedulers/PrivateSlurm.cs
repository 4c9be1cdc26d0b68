using System.Runtime.Versioning;

namespace PathosHpc.ClusterTests;

/// <summary>A Slurm of this test run's own: four virtual nodes on this machine, started and stopped by <c>tests/cluster/slurm.sh</c>.</summary>
[UnsupportedOSPlatform("windows")]
public class PrivateSlurm : IAsyncLifetime
{
    /// <summary>The tests follow one another, so that the limit of questions a minute would be most of their time.</summary>
    internal static readonly JobPace Quick = new() { MostQueries = 1000, FirstInterval = TimeSpan.FromSeconds(0.5), LongestInterval = TimeSpan.FromSeconds(2), CancelAgain = TimeSpan.FromSeconds(10) };

    /// <summary>Short, since munged and slurmd put sockets below it.</summary>
    private readonly string folder = Directory.CreateTempSubdirectory("slurm-").FullName;

    internal LocalHost Host { get; private set; } = LocalHost.Instance;

    internal string WorkFolder => Path.Combine(folder, "work folder");

    /// <summary>Whether it has slurmdbd over a MariaDB of its own.</summary>
    protected virtual bool Accounting => false;

    protected virtual int Nodes => 4;

    /// <summary>Settings of the script that starts it, over the usual ones.</summary>
    protected virtual Dictionary<string, string> Settings => [];

    /// <summary>Whether a job runs beside the tests that outlives its walltime.</summary>
    protected virtual bool HasOverdueJob => !Accounting;

    internal BatchJob? OverItsWalltime { get; private set; }

    /// <summary>The repository's folder.</summary>
    internal static string Root() => PathosHpc.Tests.Repository.Root;

    public async Task InitializeAsync()
    {
        File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_101);
        await ScriptAsync("start", Nodes.ToString(System.Globalization.CultureInfo.InvariantCulture));
        var path = Environment.GetEnvironmentVariable("PATH") + ":/usr/sbin";
        Host = new LocalHost { Variables = new Dictionary<string, string> { ["SLURM_CONF"] = folder + "/slurm.conf", ["PATH"] = path, ["SBATCH_PARTITION"] = "nope", ["SBATCH_TIMELIMIT"] = "1", ["SLURM_MEM_PER_CPU"] = "7" } };
        if (!HasOverdueJob) return;
        // Slurm looks for overdue jobs every 30 seconds only: this one is started first, and asked about last.
        OverItsWalltime = await SubmitAsync("echo begin; sleep 600", spec => spec with { Resources = new() { Nodes = 1, Walltime = TimeSpan.FromMinutes(1) } });
    }

    public async Task DisposeAsync()
    {
        await ScriptAsync("stop");
        Directory.Delete(folder, recursive: true);
    }

    internal async Task<CommandResult> ScriptAsync(string action, params string[] arguments)
    {
        var result = await LocalHost.Instance.RunAsync(new HostCommand(["bash", Root() + "/tests/cluster/slurm.sh", action, folder, .. arguments])
        {
            Timeout = TimeSpan.FromSeconds(90),
            Variables = new Dictionary<string, string>(Settings.Concat(new Dictionary<string, string> { ["CPUS"] = "20", ["MEMORY"] = "70000", ["SLURMD_TIMEOUT"] = "6", ["ACCOUNTING"] = Accounting ? "yes" : "", ["ACCOUNT"] = Accounting ? "science" : "", ["EXTRA"] = "JobAcctGatherParams=OverMemoryKill" }).DistinctBy(s => s.Key)),
        });
        Assert.True(result.Succeeded, $"slurm.sh {action}: exit code {result.ExitCode}\n{result.AllOutput}");
        return result;
    }

    /// <summary>The process that leads what runs in a job: a supervisor, or a submitted map.</summary>
    internal static int LeaderOf(string folder) => TryLeaderOf(folder) ?? throw new InvalidOperationException($"nothing leads the job of {folder}");

    /// <summary>The same; null when there is none.</summary>
    internal static int? TryLeaderOf(string folder) => Directory.GetDirectories("/proc").Select(Path.GetFileName).Where(name => int.TryParse(name, out _)).Select(name => (int?)int.Parse(name!, null)).FirstOrDefault(id =>
    {
        try
        {
            string[] words = File.ReadAllText($"/proc/{id}/cmdline").Split('\0');
            return (words is [.., "supervise", ""] or [.., "job-map", _, ""]) && words[0] is var program && program.EndsWith("dotnet", StringComparison.Ordinal) && File.ReadAllText($"/proc/{id}/environ").Contains($"PATHOS_JOB_FOLDER={folder}\0", StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    });

    /// <summary>A configuration that points to a database port where nobody listens.</summary>
    internal string ConfigurationWithoutDatabase()
    {
        var file = folder + "/no-database.conf";
        var lines = File.ReadAllLines(folder + "/slurm.conf").Select(line => line.StartsWith("AccountingStoragePort=", StringComparison.Ordinal) ? "AccountingStoragePort=1" : line);
        File.WriteAllLines(file, lines);
        return file;
    }

    internal async Task<string> RunAsync(params string[] arguments)
    {
        var result = await Host.RunAsync(new HostCommand(arguments) { HiddenVariables = ["SBATCH_*", "SLURM_MEM*"], WorkingFolder = folder });
        Assert.True(result.Succeeded, $"{string.Join(' ', arguments)}: exit code {result.ExitCode}\n{result.AllOutput}");
        return result.StandardOutput.Trim();
    }

    internal Task<BatchJob> SubmitAsync(string command, Func<JobSpec, JobSpec>? change = null, SlurmScheduler? scheduler = null, string? workFolder = null)
    {
        var spec = new JobSpec { Name = "test", Resources = new() { Nodes = 1, Walltime = TimeSpan.FromMinutes(5) }, CommandLine = "bash -c " + ShellText.Quote(command) };
        return BatchJob.SubmitAsync(scheduler ?? new SlurmScheduler { Pace = Quick }, change is null ? spec : change(spec), Host, workFolder ?? WorkFolder);
    }
}
