using System.Globalization;

namespace PathosHpc.Benchmarks;

/// <summary>The same workloads on pools of Python's, where they are installed: mpi4py.futures over Open MPI, and loky.</summary>
internal static class Peers
{
    private static readonly string[] rows = ["one-by-one", "chunked", "metg-50", "blocks", "closure"];
    private static readonly string[] timeRows = ["metg-50", "closure"];

    /// <summary>The columns.</summary>
    public static IReadOnlyList<string> Columns { get; } = ["mpi4py.futures", "loky"];

    /// <summary>Measures both once, with two workers; what is not installed is said.</summary>
    public static async Task MeasureAsync(Figures figures, bool quick)
    {
        string folder = Path.Combine(AppContext.BaseDirectory, "peers");
        Mpi openMpi = Mpi.Known.Single(m => m.Name == "openmpi");
        string[] size = quick ? ["quick"] : [];
        if (openMpi.Mpiexec is { } mpiexec)
            await MeasureAsync(figures, Columns[0], mpiexec, [.. openMpi.Launch(3, "python3"), "-m", "mpi4py.futures", Path.Combine(folder, "mpi4py_futures.py"), .. size]);
        await MeasureAsync(figures, Columns[1], "python3", [Path.Combine(folder, "loky_pool.py"), .. size]);
    }

    /// <summary>How many times as good the worse of the MPIs is as the better of the peers, row by row.</summary>
    public static void WriteRatios(Figures figures, IEnumerable<string> mpis)
    {
        foreach (string row in rows)
        {
            bool isTime = timeRows.Contains(row);
            double[] own = Medians(mpis), theirs = Medians(Columns);
            if (own.Length == 0 || theirs.Length == 0)
                continue;
            double ratio = isTime ? theirs.Min() / own.Max() : own.Min() / theirs.Max();
            Console.Out.WriteLine(FormattableString.Invariant($"{row}: {ratio:0.#} times as good as the better of {string.Join(" and ", Columns)}."));

            double[] Medians(IEnumerable<string> columns) => [.. columns.Select(c => figures.Median(row, c)).OfType<double>()];
        }
    }

    private static async Task MeasureAsync(Figures figures, string column, string program, IEnumerable<string> arguments)
    {
        try
        {
            foreach (string[] line in (await Programs.LinesAsync(program, arguments).WaitAsync(TimeSpan.FromMinutes(5))).Select(l => l.Split('=')).Where(l => l.Length == 2))
                await figures.MeasureAsync(line[0], column, () => Task.FromResult(double.Parse(line[1], CultureInfo.InvariantCulture)));
        }
        catch (Exception failure)
        {
            Console.Out.WriteLine($"Left out, {column}: {failure.Message} (Debian: python3-mpi4py, python3-joblib, python3-numpy.)");
        }
    }
}
