using CommandLine;

namespace PathosHpc.Benchmarks;

/// <summary>Reads the command line, measures, and reports.</summary>
internal static class BenchmarkProgram
{
    private const int Failed = 1;
    private const int UsageError = 64;

    /// <summary>Runs it all.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        var parsed = Parser.Default.ParseArguments<BenchmarkOptions>(args);
        if (parsed.Value is not { } options)
            return parsed.Errors.IsHelp() || parsed.Errors.IsVersion() ? 0 : UsageError;

        if (options.Simulate is { } plot)
        {
            ScaleStudy.Run(plot, options.Quick);
            return 0;
        }
        var contestants = Contestant.Find(options.Workers, out var absent);
        var workloads = Workload.All(options.Quick);
        string[] rowNames = [.. workloads.Select(w => w.Name), ColdStart.Name];
        string[] errors = [.. options.Errors(rowNames, contestants.Select(c => c.Name))];
        if (errors.Length > 0)
        {
            foreach (string error in errors)
                Console.Error.WriteLine(error);
            return UsageError;
        }

        var twins = new List<Twin>();
        foreach (string reason in absent)
            Console.Out.WriteLine($"Left out, {reason}");
        foreach (Mpi mpi in options.NoTwin ? [] : Mpi.Known)
        {
            if (Twin.Compile(mpi, Path.Combine(AppContext.BaseDirectory, "twin"), options.Workers, options.Quick, out string? reason) is { } twin)
                twins.Add(twin);
            else
                Console.Out.WriteLine($"Left out, {reason}");
        }

        bool Chosen(IEnumerable<string> names, string name) => !names.Any() || names.Contains(name);
        contestants = [.. contestants.Where(c => Chosen(options.Pools, c.Name))];
        workloads = [.. workloads.Where(w => Chosen(options.Workloads, w.Name))];
        bool coldStart = Chosen(options.Workloads, ColdStart.Name);

        var session = new Session(workloads, coldStart, contestants, twins);
        for (int round = 1; round <= options.RoundsOrDefault; round++)
        {
            Console.Out.WriteLine($"Round {round} of {options.RoundsOrDefault}.");
            await session.RunRoundAsync();
        }

        var rows = workloads.Select(w => (w.Name, w.Unit, w.Description)).ToList();
        if (coldStart)
            rows.Add((ColdStart.Name, "ms", "from the start of a program to its first result, that of a map of one item on a new pool"));
        var report = new Report(session.Figures, rows, [.. contestants.Select(c => c.Name), .. twins.Select(t => t.Name)], options.RoundsOrDefault);
        report.WriteTable();
        report.WriteJson(options.Json);
        Console.Out.WriteLine($"All figures: {options.Json}");
        return session.Figures.Failures.Count == 0 ? 0 : Failed;
    }
}
