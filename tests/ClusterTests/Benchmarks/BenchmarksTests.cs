using System.Text.Json;
using PathosHpc.Tests;

namespace PathosHpc.ClusterTests.Benchmarks;

/// <summary>The benchmark runs, on every pool that is here, and writes what it measured; the figures themselves are not judged.</summary>
public sealed class BenchmarksTests : IDisposable
{
    private static readonly string Configuration = AppContext.BaseDirectory.Contains("/Release/", StringComparison.Ordinal) ? "Release" : "Debug";
    private static readonly string Program = Path.Combine(Repository.Root, "jobs", "Benchmarks", "bin", Configuration, "net10.0", "PathosHpc.Benchmarks.dll");
    private readonly TemporaryFolder folder = new("benchmarks");

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Every_pool_is_measured_and_every_figure_written()
    {
        string json = Path.Combine(folder.Path, "figures.json");
        var run = await new Command("dotnet", Program, "--quick", "--rounds", "2", "--no-twin", "--workload", "one-by-one,one-item,cold-start", "--json", json)
            .RunToSuccessAsync();
        Assert.Contains("one-by-one", run.Output, StringComparison.Ordinal);
        using var document = JsonDocument.Parse(await File.ReadAllTextAsync(json));
        var figures = document.RootElement.GetProperty("figures").EnumerateArray().ToArray();
        Assert.Empty(document.RootElement.GetProperty("failures").EnumerateArray());
        Assert.Equal(["SPMD, mpich", "SPMD, openmpi", "mpich", "openmpi", "processes", "serial", "threads"], figures.Select(f => f.GetProperty("pool").GetString()).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(19, figures.Length);
        Assert.All(figures, figure =>
        {
            double[] samples = [.. figure.GetProperty("samples").EnumerateArray().Select(s => s.GetDouble())];
            Assert.Equal(2, samples.Length);
            Assert.All(samples, s => Assert.True(s > 0));
            Assert.Equal(samples.Average(), figure.GetProperty("median").GetDouble(), 1e-6 * samples.Max());
        });
    }

    [Fact]
    public async Task What_is_unknown_is_refused_with_all_errors()
    {
        var run = await new Command("dotnet", Program, "--workload", "nonsense", "--pool", "none", "--workers", "0").RunAsync();
        Assert.Equal(64, run.ExitCode);
        Assert.Contains("'nonsense'", run.Error, StringComparison.Ordinal);
        Assert.Contains("'none'", run.Error, StringComparison.Ordinal);
        Assert.Contains("--workers is 0", run.Error, StringComparison.Ordinal);
    }
}
