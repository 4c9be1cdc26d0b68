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
        string[] rowNames = [.. workloads.Select(w => w.Name), ColdStart.Name, ColdStart.BareName, .. Probes.Rows.Select(r => r.Name), .. Codecs.Rows.Select(r => r.Name), .. Twin.Rows.Select(r => r.Name)];
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
        bool IsChosen(string row) => Chosen(options.Workloads, row);

        var session = new Session(workloads, IsChosen, contestants, twins, options);
        for (int round = 1; round <= options.RoundsOrDefault; round++)
        {
            Console.Out.WriteLine($"Round {round} of {options.RoundsOrDefault}.");
            await session.RunRoundAsync();
        }

        (string Name, string Unit, string Description)[] rows =
        [
            .. workloads.Select(w => (w.Name, w.Unit, w.Description)),
            (ColdStart.Name, "ms", "from the start of a program that maps one item on a new pool to its end"),
            (ColdStart.BareName, "ms", "the same of a program of .NET without a pool, which starts mpiexec, whose ranks begin MPI and end it"),
            .. Probes.Rows,
            .. twins.Count > 0 ? Twin.Rows : [],
            .. Codecs.Rows.Select(r => (r.Name, r.Unit, r.Description)),
        ];
        string[] mpis = [.. Mpi.Known.Select(m => m.Name).Where(name => contestants.Any(c => c.Name == name))];
        string[] columns =
        [
            .. contestants.Select(c => c.Name), .. Mpi.Known.Where(m => mpis.Contains(m.Name)).Select(SpmdRows.Column), .. twins.Select(t => t.Name),
            .. Codecs.Rows.Any(r => IsChosen(r.Name)) ? new[] { Codecs.Column } : [], .. options.Peers ? Peers.Columns : [],
        ];
        var report = new Report(session.Figures, [.. rows.Where(r => IsChosen(r.Name))], columns, options.RoundsOrDefault);
        report.WriteTable();
        if (options.Peers)
            Peers.WriteRatios(session.Figures, mpis);
        report.WriteJson(options.Json);
        if (options.Markdown is { } page)
            report.WriteMarkdown(page);
        Console.Out.WriteLine($"All figures: {options.Json}");
        return session.Figures.Failures.Count == 0 ? 0 : Failed;
    }
}
