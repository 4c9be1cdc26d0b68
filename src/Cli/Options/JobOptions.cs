using CommandLine;

namespace PathosHpc;

/// <summary>What describes a job.</summary>
internal abstract class JobOptions : CommonOptions
{
    [Option("scheduler", MetaValue = "NAME", HelpText = "slurm, pbs or torque, where no site is given.")]
    public string? Scheduler { get; set; }

    [Option('n', "nodes", MetaValue = "NODES", HelpText = "Nodes, as in 4 or 4:ppn=2:cpp=8 (ranks per node, cores per rank).")]
    public string? Nodes { get; set; }

    [Option("ranks", MetaValue = "N", HelpText = "Ranks alone, on as many nodes as the scheduler likes.")]
    public int? Ranks { get; set; }

    [Option("cores", MetaValue = "N", HelpText = "Cores of each rank.")]
    public int? Cores { get; set; }

    [Option('t', "time", MetaValue = "TIME", HelpText = "Walltime: 90s, 30m, 2h, 1d, HH:MM:SS or D-HH:MM:SS.")]
    public string? Time { get; set; }

    [Option("memory-per-node", MetaValue = "SIZE", HelpText = "Memory of each node, as in 64G.")]
    public string? MemoryPerNode { get; set; }

    [Option("memory-per-rank", MetaValue = "SIZE", HelpText = "Memory of each rank, as in 2G.")]
    public string? MemoryPerRank { get; set; }

    [Option("gpus", MetaValue = "N", HelpText = "GPUs of each node.")]
    public int? Gpus { get; set; }

    [Option('q', "queue", MetaValue = "NAME", HelpText = "Queue (Slurm: partition).")]
    public string? Queue { get; set; }

    [Option('A', "account", MetaValue = "NAME", HelpText = "Account that is charged.")]
    public string? Account { get; set; }

    [Option("name", MetaValue = "NAME", HelpText = "Name of the job.", Default = "pathos")]
    public string Name { get; set; } = "pathos";

    [Option('e', "env", MetaValue = "NAME=VALUE", HelpText = "A variable of the job, or NAME to take it from here. May be given several times.")]
    public IEnumerable<string> Variables { get; set; } = [];

    [Option("prologue", MetaValue = "LINE", HelpText = "A line of bash that runs on every node first. May be given several times.")]
    public IEnumerable<string> Prologue { get; set; } = [];

    [Option("directive", MetaValue = "TEXT", HelpText = "A directive of the scheduler without its prefix, as in --directive=--switches=1. May be given several times.")]
    public IEnumerable<string> Directives { get; set; } = [];

    [Option("after", MetaValue = "ID", HelpText = "Start after this job has succeeded. May be given several times.")]
    public IEnumerable<string> After { get; set; } = [];

    [Option("folder", MetaValue = "PATH", HelpText = "Folder in which the program starts. Default: the current one, the home folder on a site that is far away.")]
    public string? Folder { get; set; }

    [Option("held", HelpText = "Hold the job until it is released.")]
    public bool Held { get; set; }

    [Option("once", HelpText = "Run the command once, on the first node, instead of on every rank.")]
    public bool Once { get; set; }

    [Option("launcher", MetaValue = "NAME", HelpText = "srun, hydra, openmpi or a template with {ranks}, where no site is given.")]
    public string? Launcher { get; set; }

    [Option("mpi", MetaValue = "NAME", HelpText = "mpich or openmpi, where no site is given.")]
    public string? Mpi { get; set; }

    [Value(0, MetaName = "program", HelpText = "The program and its arguments, after --.")]
    public IEnumerable<string> Command { get; set; } = [];
}
