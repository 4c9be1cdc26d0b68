using CommandLine;
using CommandLine.Text;

namespace PathosHpc.Benchmarks;

/// <summary>The command line.</summary>
internal sealed class BenchmarkOptions
{
    [Option("workload", Separator = ',', MetaValue = "LIST", HelpText = "Rows to measure, as the table names them. (Default: all)")]
    public IEnumerable<string> Workloads { get; set; } = [];

    [Option("pool", Separator = ',', MetaValue = "LIST", HelpText = "Pools to measure: serial, threads, processes, mpich, openmpi. (Default: all that are here)")]
    public IEnumerable<string> Pools { get; set; } = [];

    [Option("workers", Default = 2, MetaValue = "N", HelpText = "Workers, threads or ranks of each pool.")]
    public int Workers { get; set; }

    [Option("rounds", MetaValue = "N", HelpText = "Runs of everything, one after the other; figures are medians. (Default: 5, or 1 in quick mode)")]
    public int? Rounds { get; set; }

    [Option("quick", HelpText = "Small inputs, to see that everything runs; the figures say little.")]
    public bool Quick { get; set; }

    [Option("no-twin", HelpText = "Leave the programs in C out.")]
    public bool NoTwin { get; set; }

    [Option("peers", HelpText = "Measure mpi4py.futures and loky too, where python3 has them, and print the ratios.")]
    public bool Peers { get; set; }

    [Option("markdown", MetaValue = "PATH", HelpText = "Put the table between the marks of this page (docs/PERFORMANCE.md).")]
    public string? Markdown { get; set; }

    [Option("simulate", MetaValue = "PATH", HelpText = "Measure nothing; simulate 10^2 to 10^5 ranks (quick: to 10^3), print a table and write a plot (SVG).")]
    public string? Simulate { get; set; }

    [Option("json", Default = "artifacts/benchmarks.json", MetaValue = "PATH", HelpText = "File for all figures.")]
    public string Json { get; set; } = "";

    [Usage(ApplicationAlias = "jobs/Benchmarks/run")]
    public static IEnumerable<Example> Examples =>
    [
        new("Everything", new BenchmarkOptions { Workers = 2, Json = "artifacts/benchmarks.json" }),
        new("Dealing over MPI, small", new BenchmarkOptions { Workloads = ["one-by-one", "chunked"], Pools = ["mpich", "openmpi"], Workers = 2, Quick = true, Json = "/tmp/dealing.json" }),
    ];

    /// <summary>How often everything is run.</summary>
    public int RoundsOrDefault => Rounds ?? (Quick ? 1 : 5);

    /// <summary>Every error, as sentences.</summary>
    public IEnumerable<string> Errors(IEnumerable<string> rows, IEnumerable<string> columns)
    {
        foreach (string unknown in Workloads.Except(rows))
            yield return $"--workload names '{unknown}', which is none of {string.Join(", ", rows)}.";
        foreach (string unknown in Pools.Except(columns))
            yield return $"--pool names '{unknown}', which is none of those that this machine can run: {string.Join(", ", columns)}.";
        if (Workers < 1)
            yield return $"--workers is {Workers}; it must be at least 1.";
        if (RoundsOrDefault < 1)
            yield return $"--rounds is {Rounds}; it must be at least 1.";
        if (Markdown is { } page && Report.MarksMissing(page) is { } missing)
            yield return missing;
    }
}
