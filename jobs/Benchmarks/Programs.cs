using System.Diagnostics;

namespace PathosHpc.Benchmarks;

/// <summary>Runs other programs.</summary>
internal static class Programs
{
    /// <summary>Path of this program.</summary>
    public static string This => Path.Combine(AppContext.BaseDirectory, "PathosHpc.Benchmarks.dll");

    /// <summary>The lines that a program prints. It must end by itself, with 0.</summary>
    public static async Task<string[]> LinesAsync(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true };
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            : throw new InvalidOperationException($"{program} {string.Join(' ', start.ArgumentList)} ended with exit code {process.ExitCode}.");
    }
}
