
namespace PathosHpc.Tests;

/// <summary>The scripts under <c>jobs/</c> are what the adapters render. Set PATHOS_GOLDEN=write to write them anew, then read the difference.</summary>
public class GoldenFileTests
{
    private static readonly ResourceRequest FourNodes = new()
    {
        Nodes = 4,
        RanksPerNode = 2,
        CoresPerRank = 8,
        MemoryPerNode = MemorySize.GiB(64),
        Walltime = TimeSpan.FromHours(2),
    };

    [Theory]
    [InlineData("slurm")]
    [InlineData("pbs")]
    [InlineData("torque")]
    public void Four_nodes_of_two_ranks_of_eight_cores_and_64_GB(string scheduler) => Compare(scheduler, "four-nodes.sh", Of(scheduler), new JobSpec
    {
        Name = "four",
        Resources = FourNodes,
        Launcher = scheduler == "slurm" ? new SrunLauncher(MpiFlavor.Mpich) : new MpiexecLauncher(flavor: MpiFlavor.Mpich),
        Command = ["hostname"],
    });

    [Theory]
    [InlineData("slurm")]
    [InlineData("pbs")]
    public void Ranks_alone(string scheduler) => Compare(scheduler, "ranks-alone.sh", Of(scheduler), new JobSpec
    {
        Name = "ranks",
        Resources = new() { Ranks = 6, MemoryPerRank = MemorySize.GiB(2), Walltime = TimeSpan.FromMinutes(10) },
        Command = ["hostname"],
    });

    [Fact]
    public void Everything_that_Slurm_can_say() => Compare("slurm", "everything.sh", new SlurmScheduler
    {
        Queue = "standard",
        Account = "abc123",
        Reservation = "monday",
        QualityOfService = "high",
        MailAddress = "me@example.org",
        Mail = JobMail.Start | JobMail.End | JobMail.Failure,
        Exclusive = true,
        Hyperthreads = false,
        Prologue = ["module purge", "module load mpich"],
        ExtraDirectives = ["--switches=1"],
        OmittedDirectives = ["--open-mode"],
    }, Everything with { Resources = Everything.Resources with { NodeType = "skylake" } });

    [Fact]
    public void Everything_that_PBS_can_say() => Compare("pbs", "everything.sh", new PbsScheduler
    {
        Queue = "workq",
        Account = "abc123",
        MailAddress = "me@example.org",
        Mail = JobMail.Start | JobMail.End | JobMail.Failure,
        Exclusive = true,
        Prologue = ["module purge", "module load mpich"],
        ExtraDirectives = ["-l filesystems=home"],
        OmittedDirectives = ["-k"],
    }, Everything);

    [Fact]
    public void Everything_that_Torque_can_say() => Compare("torque", "everything.sh", new TorqueScheduler
    {
        Queue = "batch",
        Account = "abc123",
        MailAddress = "me@example.org",
        Mail = JobMail.Start | JobMail.End | JobMail.Failure,
        Prologue = ["module purge", "module load mpich"],
        ExtraDirectives = ["-l naccesspolicy=singlejob"],
        OmittedDirectives = ["-j"],
    }, Everything with { Resources = Everything.Resources with { NodeType = "fast" } });

    private static JobSpec Everything => new()
    {
        Name = "all",
        Resources = new() { Nodes = 2, RanksPerNode = 4, CoresPerRank = 4, MemoryPerRank = MemorySize.GiB(3), GpusPerNode = 4, Walltime = new TimeSpan(1, 2, 3, 4) },
        Dependencies = [new JobDependency(JobDependencyCondition.Succeeded, "17", "18"), new JobDependency(JobDependencyCondition.Ended, "19")],
        Prologue = ["echo starting"],
        Held = true,
        WorkingFolder = "/tmp",
        Command = ["hostname", "--fqdn"],
    };

    private static Scheduler Of(string name) => name switch { "slurm" => new SlurmScheduler(), "pbs" => new PbsScheduler(), _ => new TorqueScheduler() };

    private static void Compare(string folder, string file, Scheduler scheduler, JobSpec spec)
    {
        var path = Path.Combine(Repository.Root, "jobs", folder, file);
        var script = scheduler.RenderScript(new JobPlan { Spec = spec, JobName = spec.Name, SchedulerVersion = new Version(22, 5) });
        if (Environment.GetEnvironmentVariable("PATHOS_GOLDEN") == "write") File.WriteAllText(path, script);
        Assert.Equal(File.ReadAllText(path), script);
    }
}
