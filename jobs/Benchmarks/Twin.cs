using System.Diagnostics;
using System.Globalization;

namespace PathosHpc.Benchmarks;

/// <summary>The same maps in C on one MPI: the figures to compare with.</summary>
internal sealed class Twin(Mpi mpi, string folder, int ranks, bool quick)
{
    private static readonly string[] Sources = ["deal", "scatter", "carry", "far", "hops", "spin", "hello"];

    /// <summary>Items of a run: a tenth of them in quick mode.</summary>
    private string Items(int full) => (quick ? full / 10 : full).ToString(CultureInfo.InvariantCulture);

    /// <summary>The column of this twin.</summary>
    public string Name => $"C, {mpi.Name}";

    /// <summary>Compiles the programs; null, with the reason, where that cannot be done.</summary>
    public static Twin? Compile(Mpi mpi, string folder, int ranks, bool quick, out string? reason)
    {
        reason = mpi.Compiler is null ? $"C, {mpi.Name}: no {mpi.CompilerName} on the PATH." : mpi.Mpiexec is null ? $"C, {mpi.Name}: no {mpi.MpiexecName} on the PATH." : null;
        if (reason is not null)
            return null;
        string target = Path.Combine(folder, mpi.Name);
        Directory.CreateDirectory(target);
        foreach (string program in Sources)
        {
            string source = Path.Combine(AppContext.BaseDirectory, "twin", program + ".c");
            using var compiler = Process.Start(new ProcessStartInfo(mpi.Compiler!, ["-std=c11", "-O2", "-w", "-o", Path.Combine(target, program), source]))!;
            compiler.WaitForExit();
            if (compiler.ExitCode != 0)
            {
                reason = $"C, {mpi.Name}: {mpi.CompilerName} could not compile {source}.";
                return null;
            }
        }
        return new Twin(mpi, target, ranks, quick);
    }

    /// <summary>Rows of the programs in C alone.</summary>
    public static IReadOnlyList<(string Name, string Unit, string Description)> Rows { get; } =
    [
        ("scattered-fresh", "items/s", "scattered, with new memory for the results of each map, as those of a pool come"),
        ("blocks-mpi", "MiB/s", "blocks of 1 MiB from rank 0 to the others and back, without a client"),
        ("closure-mpi", "ms", "80 MB from rank 0 to all others, without a client"),
    ];

    /// <summary>Whether a row of the table is measured in C too.</summary>
    public static bool HasCounterpart(string row) => row is "one-by-one" or "chunked" or "scattered" or "one-item" or "one-item-p99" or "one-item-idle" or "blocks" or "closure" or "skewed" or ColdStart.Name
        || Rows.Any(r => r.Name == row);

    /// <summary>The figure for a row of the table that has a counterpart.</summary>
    public async Task<double> MeasureAsync(string row) => row switch
    {
        "one-by-one" => await RateAsync("deal", Items(2_000_000), "1"),
        "chunked" => await RateAsync("deal", Items(20_000_000), "1000"),
        "scattered" => await RateAsync("scatter", Items(20_000_000), "kept"),
        "scattered-fresh" => await RateAsync("scatter", Items(20_000_000), "fresh"),
        "one-item" => 1e6 * await SecondsAsync("hops", "0", "1"),
        "one-item-p99" => 1e6 * await SecondsAsync(quick ? 50 : 500, 0.99, "hops", "0", "1"),
        "one-item-idle" => 1e6 * await SecondsAsync("hops", quick ? "500" : "5000", "1"),
        "blocks" => 128 / await SecondsAsync("far", "blocks", "1048576"),
        "closure" => 1000 * await SecondsAsync("far", "capture", "80000000"),
        "skewed" => 100 * 0.395 / ranks / await SecondsAsync("spin"),
        "blocks-mpi" => 128 / await SecondsAsync("carry", "blocks", "1048576"),
        "closure-mpi" => 1000 * await SecondsAsync("carry", "capture", "80000000"),
        ColdStart.Name => await ColdStart.MeasureAsync(mpi.Mpiexec!, [.. mpi.Launch(ranks, Path.Combine(folder, "hello"))]),
        _ => throw new ArgumentException($"There is no {row} in C.", nameof(row)),
    };

    /// <summary>Items a second: the median of a few repeats inside one run.</summary>
    private async Task<double> RateAsync(string program, string items, params string[] more) =>
        double.Parse(items, CultureInfo.InvariantCulture) / await SecondsAsync(program, [items, .. more]);

    private Task<double> SecondsAsync(string program, params string[] arguments) => SecondsAsync(5, 0.5, program, arguments);

    /// <summary>The seconds below which that share of the repeats is, inside one run.</summary>
    private async Task<double> SecondsAsync(int repeats, double quantile, string program, params string[] arguments)
    {
        string[] lines = await Programs.LinesAsync(mpi.Mpiexec!, [.. mpi.Launch(ranks, Path.Combine(folder, program)), .. arguments, $"{repeats}"]);
        return Figures.Quantile(lines.Select(s => double.Parse(s, CultureInfo.InvariantCulture)), quantile);
    }
}
