using System.Diagnostics;
using System.Runtime.InteropServices;

namespace PathosHpc.Benchmarks;

/// <summary>The time from the start of a program that prints one result to its end, and of one that does as little as a program of .NET over MPI can.</summary>
internal static class ColdStart
{
    /// <summary>Name of the row.</summary>
    public const string Name = "cold-start";

    /// <summary>The option with which this program prints one result and ends.</summary>
    public const string Option = "first-result";

    /// <summary>Name of the row without a pool.</summary>
    public const string BareName = "cold-start-bare";

    /// <summary>The option with which this program starts ranks that do nothing.</summary>
    public const string BareOption = "bare";

    /// <summary>The option with which this program is such a rank.</summary>
    public const string BareRankOption = "bare-rank";

    private delegate int Initialize(nint count, nint arguments);

    private delegate int End();

    /// <summary>Milliseconds of a new process of this program that maps one item on a new pool of that kind.</summary>
    public static Task<double> MeasureAsync(Contestant contestant) => MeasureAsync("dotnet", [Programs.This, "--" + Option, contestant.Name, $"{contestant.Workers}", contestant.Mpiexec ?? ""]);

    /// <summary>Milliseconds of a new process of this program that starts mpiexec, whose ranks begin MPI and end it.</summary>
    public static Task<double> MeasureBareAsync(Mpi mpi, int ranks) => MeasureAsync("dotnet", [Programs.This, "--" + BareOption, mpi.Name, $"{ranks}"]);

    /// <summary>What that new process does: it is told what it need not look for, as a user's program has no columns of a table to choose from.</summary>
    public static async Task RunAsync(Contestant contestant)
    {
        await using Pool pool = contestant.MakePool();
        int[] results = await pool.MapAsync(static x => x + 1, [41]);
        Console.WriteLine(results[0]);
    }

    /// <summary>What that process does.</summary>
    public static async Task RunBareAsync(string name, int ranks)
    {
        Mpi mpi = Mpi.Known.First(m => m.Name == name);
        string[] lines = await Programs.LinesAsync(mpi.Mpiexec!, [.. mpi.Launch(ranks, "dotnet", isBound: false), Programs.This, "--" + BareRankOption, mpi.LibraryName]);
        Console.WriteLine(lines[0]);
    }

    /// <summary>What its ranks do.</summary>
    /// <returns>The process's exit code.</returns>
    public static int RunBareRank(string library)
    {
        nint mpi = NativeLibrary.Load(library);
        T Function<T>(string name) => Marshal.GetDelegateForFunctionPointer<T>(NativeLibrary.GetExport(mpi, name));
        int code = Function<Initialize>("MPI_Init")(0, 0) | Function<End>("MPI_Finalize")();
        Console.WriteLine(code);
        return code;
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
