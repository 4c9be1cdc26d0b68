namespace PathosHpc.Benchmarks;

/// <summary>Measures the chosen rows and columns, everything once a round, so that a slow minute of the machine hits all alike.</summary>
/// <param name="isChosen">Whether a row is wanted.</param>
internal sealed class Session(IReadOnlyList<Workload> workloads, Func<string, bool> isChosen, IReadOnlyList<Contestant> contestants, IReadOnlyList<Twin> twins, BenchmarkOptions options)
{
    /// <summary>What was measured.</summary>
    public Figures Figures { get; } = new();

    /// <summary>Runs every cell once.</summary>
    public async Task RunRoundAsync()
    {
        bool coldStart = isChosen(ColdStart.Name);
        foreach (var contestant in contestants)
        {
            await RunOnPoolAsync(contestant);
            if (coldStart)
                await Figures.MeasureAsync(ColdStart.Name, contestant.Name, () => ColdStart.MeasureAsync(contestant));
            foreach (var (probe, _, _) in contestant.Mpiexec is null ? [] : Probes.Rows.Where(r => isChosen(r.Name)))
                await Figures.MeasureAsync(probe, contestant.Name, () => Probes.MeasureAsync(probe, contestant, options.Quick));
        }
        foreach (var mpi in Mpi.Known.Where(m => contestants.Any(c => c.Name == m.Name)))
        {
            if (isChosen(ColdStart.BareName))
                await Figures.MeasureAsync(ColdStart.BareName, mpi.Name, () => ColdStart.MeasureBareAsync(mpi, options.Workers));
            await SpmdRows.MeasureAsync(Figures, mpi, options.Workers, workloads.Select(w => w.Name), options.Quick);
        }
        foreach (var twin in twins)
        {
            foreach (string row in workloads.Select(w => w.Name).Append(ColdStart.Name).Concat(Twin.Rows.Select(r => r.Name)).Where(isChosen))
                await RunTwinAsync(twin, row);
        }
        foreach (var (row, _, _, measure) in Codecs.Rows.Where(r => isChosen(r.Name)))
            await Figures.MeasureAsync(row, Codecs.Column, () => Task.Run(measure));
        if (options.Peers)
            await Peers.MeasureAsync(Figures, options.Quick);
    }

    /// <summary>One pool, and one only, lives while its rows are measured.</summary>
    private async Task RunOnPoolAsync(Contestant contestant)
    {
        var rows = workloads.Where(w => w.AppliesTo(contestant)).ToArray();
        if (rows.Length == 0)
            return;
        try
        {
            await using var pool = contestant.MakePool();
            await pool.MapAsync(static x => x, Enumerable.Range(0, 10_000).ToArray());
            foreach (var workload in rows)
                await Figures.MeasureAsync(workload.Name, contestant.Name, () => workload.MeasureAsync(pool));
        }
        catch (Exception failure)
        {
            Figures.Fail($"{contestant.Name}: {failure.Message}");
        }
    }

    private async Task RunTwinAsync(Twin twin, string row)
    {
        if (Twin.HasCounterpart(row))
            await Figures.MeasureAsync(row, twin.Name, () => twin.MeasureAsync(row));
    }
}
