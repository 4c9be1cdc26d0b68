using System.Globalization;
using CommandLine;
using CommandLine.Text;

namespace PathosHpc.Examples;

/// <summary>The command line of the quickstart. Values stay text until <see cref="TryRead"/>, so that all errors are told at once.</summary>
internal sealed class QuickstartOptions
{
    [Option("class", Default = "S,W,A", MetaValue = "LIST", HelpText = "Problem sizes, run in turn: S (2^24 pairs), W (2^25), A (2^28), B (2^30).")]
    public string Class { get; set; } = "";

    [Option("ranks", MetaValue = "N", HelpText = "Ranks, workers or threads that compute. (Default: the cores of this machine)")]
    public string? Ranks { get; set; }

    [Option("pool", Default = "mpi", MetaValue = "KIND", HelpText = "Where the map runs: serial, threads, processes or mpi.")]
    public string Pool { get; set; } = "";

    [Option("mpiexec", MetaValue = "PATH", HelpText = "The mpiexec that starts the ranks, of MPICH or Open MPI. (Default: the one that is found)")]
    public string? Mpiexec { get; set; }

    [Value(0, Hidden = true)]
    public IEnumerable<string> Strays { get; set; } = [];

    [Usage(ApplicationAlias = "./quickstart")]
    public static IEnumerable<Example> Examples =>
    [
        new("Classes S, W and A over MPI, one rank for each core", new QuickstartOptions { Class = "S,W,A", Pool = "mpi" }),
        new("Class S on the threads of one process", new QuickstartOptions { Class = "S", Pool = "threads" }),
        new("Class B on 8 ranks of Open MPI", new QuickstartOptions { Class = "B", Ranks = "8", Pool = "mpi", Mpiexec = "/usr/bin/mpiexec.openmpi" }),
    ];

    /// <summary>The values as they are meant, or every error in them.</summary>
    public bool TryRead(out QuickstartPlan plan, out IReadOnlyList<string> errors)
    {
        var found = Strays.Select(stray => $"'{stray}' belongs to no option; did you mean --class {stray}?").ToList();
        plan = new QuickstartPlan(ReadClasses(found), ReadRanks(found), ReadPool(found), ReadMpiexec(found));
        errors = found;
        return found.Count == 0;
    }

    private List<EpClass> ReadClasses(List<string> errors)
    {
        var classes = new List<EpClass>();
        foreach (string name in Class.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (EpClass.All.FirstOrDefault(c => c.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } known)
                classes.Add(known);
            else
                errors.Add($"--class names '{name}', which is none of {string.Join(", ", EpClass.All.Select(c => c.Name))}.");
        }
        if (Class.Trim(',', ' ').Length == 0)
            errors.Add("--class is empty; name at least one class, such as --class S.");
        return classes;
    }

    private int ReadRanks(List<string> errors)
    {
        if (Ranks is null)
            return Environment.ProcessorCount;
        if (!int.TryParse(Ranks, NumberStyles.None, CultureInfo.InvariantCulture, out int ranks) || ranks < 1)
            errors.Add($"--ranks is '{Ranks}'; it must be a whole number, at least 1.");
        return ranks;
    }

    private PoolKind ReadPool(List<string> errors)
    {
        if (Enum.TryParse(Pool, ignoreCase: true, out PoolKind kind) && Enum.IsDefined(kind) && !char.IsDigit(Pool[0]))
            return kind;
        errors.Add($"--pool is '{Pool}', which is none of serial, threads, processes and mpi.");
        return PoolKind.Mpi;
    }

    private string? ReadMpiexec(List<string> errors)
    {
        if (Mpiexec is null)
            return null;
        if (!Pool.Equals("mpi", StringComparison.OrdinalIgnoreCase))
            errors.Add($"--mpiexec is '{Mpiexec}', but --pool {Pool} starts no MPI; leave one of the two out.");
        if (!File.Exists(Mpiexec))
            errors.Add($"--mpiexec is '{Mpiexec}', where there is no file; give the path of an mpiexec.");
        return Mpiexec;
    }
}
