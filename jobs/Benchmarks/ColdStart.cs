using System.Diagnostics;

namespace PathosHpc.Benchmarks;

/// <summary>The time from the start of a program that prints one result to its end.</summary>
internal static class ColdStart
{
    /// <summary>Name of the row.</summary>
    public const string Name = "cold-start";

    /// <summary>The option with which this program prints one result and ends.</summary>
    public const string Option = "first-result";

    /// <summary>Milliseconds of a new process of this program that maps one item on a new pool of that kind.</summary>
    public static Task<double> MeasureAsync(Contestant contestant)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "PathosHpc.Benchmarks.dll");
        return MeasureAsync("dotnet", [program, "--" + Option, contestant.Name, $"{contestant.Workers}"]);
    }

    /// <summary>What that new process does.</summary>
    public static async Task RunAsync(string kind, int workers)
    {
        await using var pool = Contestant.Find(workers, out _).First(c => c.Name == kind).MakePool();
        int[] results = await pool.MapAsync(static x => x + 1, [41]);
        Console.WriteLine(results[0]);
    }

    /// <summary>Milliseconds until a program that prints one line has ended. It must end by itself, with 0.</summary>
    public static async Task<double> MeasureAsync(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true };
        var watch = Stopwatch.StartNew();
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
        string? line = await process.StandardOutput.ReadLineAsync();
        await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        double milliseconds = watch.Elapsed.TotalMilliseconds;
        return line is not null && process.ExitCode == 0
            ? milliseconds
            : throw new InvalidOperationException($"{program} {string.Join(' ', start.ArgumentList)} ended with exit code {process.ExitCode} and printed '{line}'.");
    }
}
