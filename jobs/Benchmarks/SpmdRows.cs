using System.Globalization;
using System.Text.RegularExpressions;

namespace PathosHpc.Benchmarks;

/// <summary>The rows that are also measured in a world that runs this program on all ranks (<see cref="MpiPool.RunWorldAsync(string[], Func{MpiPool, Task})"/>).</summary>
internal static partial class SpmdRows
{
    /// <summary>The option with which this program is such a world.</summary>
    public const string Option = "--spmd";

    private static readonly string[] rows = ["one-by-one", "chunked", "automatic", "scattered", "metg-50", "one-item"];

    /// <summary>The column of an MPI.</summary>
    public static string Column(Mpi mpi) => $"SPMD, {mpi.Name}";

    /// <summary>Measures each of the chosen rows once.</summary>
    public static async Task MeasureAsync(Figures figures, Mpi mpi, int ranks, IEnumerable<string> chosen, bool quick)
    {
        string[] wanted = [.. rows.Intersect(chosen)];
        if (wanted.Length == 0)
            return;
        string[] lines = [];
        try
        {
            lines = await Programs.LinesAsync(mpi.Mpiexec!, [.. mpi.Launch(ranks, "dotnet", isBound: false), Programs.This, Option, quick ? "quick" : "full", .. wanted]).WaitAsync(TimeSpan.FromMinutes(5));
        }
        catch (Exception failure)
        {
            figures.Fail($"{Column(mpi)}: {failure.Message}");
        }
        foreach (string[] line in lines.Select(l => TerminalCommands().Replace(l, "").Split('=')).Where(l => l.Length == 2))
            await figures.MeasureAsync(line[0], Column(mpi), () => Task.FromResult(double.Parse(line[1], CultureInfo.InvariantCulture)));
    }

    /// <summary>What .NET puts ahead of its first line where output is a terminal; Open MPI gives its ranks one.</summary>
    [GeneratedRegex(@"\x1b(\[[0-9;?]*[A-Za-z]|[=>])")]
    private static partial Regex TerminalCommands();

    /// <summary>What the world does.</summary>
    public static Task<int> RunAsync(string[] args) => MpiPool.RunWorldAsync(args, async pool =>
    {
        foreach (Workload workload in Workload.All(args[1] == "quick").Where(w => args.Skip(2).Contains(w.Name)))
            Console.Out.WriteLine($"{workload.Name}={(await workload.MeasureAsync(pool)).ToString(CultureInfo.InvariantCulture)}");
    });
}
