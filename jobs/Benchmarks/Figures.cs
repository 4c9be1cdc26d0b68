namespace PathosHpc.Benchmarks;

/// <summary>All figures of a session, by row and column, in the order in which rows and columns first appeared.</summary>
internal sealed class Figures
{
    private readonly Dictionary<(string Row, string Column), List<double>> samples = [];
    private readonly List<string> failures = [];

    /// <summary>Everything that failed, as sentences.</summary>
    public IReadOnlyList<string> Failures => failures;

    /// <summary>Measures one cell once; what goes wrong is kept, and said, and does not stop the others.</summary>
    public async Task MeasureAsync(string row, string column, Func<Task<double>> measure)
    {
        try
        {
            double figure = await measure().WaitAsync(TimeSpan.FromMinutes(3));
            if (!samples.TryGetValue((row, column), out var list))
                samples.Add((row, column), list = []);
            list.Add(figure);
        }
        catch (Exception failure)
        {
            Fail($"{row} on {column}: {failure.Message}");
        }
    }

    /// <summary>Keeps a failure that belongs to no cell.</summary>
    public void Fail(string sentence)
    {
        failures.Add(sentence);
        Console.Error.WriteLine(sentence);
    }

    /// <summary>The figures of a cell, in the order of the rounds; empty where nothing was measured.</summary>
    public IReadOnlyList<double> Of(string row, string column) => samples.TryGetValue((row, column), out var list) ? list : [];

    /// <summary>The value at or below which that share of values is.</summary>
    public static double Quantile(IEnumerable<double> values, double quantile)
    {
        double[] sorted = [.. values.Order()];
        return sorted[(int)(quantile * (sorted.Length - 1))];
    }

    /// <summary>The median of a cell, or null.</summary>
    public double? Median(string row, string column)
    {
        var sorted = Of(row, column).Order().ToArray();
        return sorted.Length == 0 ? null : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
