namespace PathosHpc.Benchmarks;

/// <summary>Measures the chosen rows and columns, everything once a round, so that a slow minute of the machine hits all alike.</summary>
internal sealed class Session(IReadOnlyList<Workload> workloads, bool coldStart, IReadOnlyList<Contestant> contestants, IReadOnlyList<Twin> twins)
{
    /// <summary>What was measured.</summary>
    public Figures Figures { get; } = new();

    /// <summary>Runs every cell once.</summary>
    public async Task RunRoundAsync()
    {
        foreach (var contestant in contestants)
        {
            await RunOnPoolAsync(contestant);
            if (coldStart)
                await Figures.MeasureAsync(ColdStart.Name, contestant.Name, () => ColdStart.MeasureAsync(contestant));
        }
        foreach (var twin in twins)
        {
            foreach (string row in workloads.Select(w => w.Name).Concat(coldStart ? [ColdStart.Name] : Array.Empty<string>()))
                await RunTwinAsync(twin, row);
        }
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
