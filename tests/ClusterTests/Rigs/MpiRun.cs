using System.Diagnostics;
using System.Text;

namespace PathosHpc.ClusterTests;

/// <summary>What a program under mpiexec printed, how it ended and how long it took.</summary>
public sealed record MpiRunResult(int ExitCode, string Output, string Error, TimeSpan Elapsed)
{
    public string All => $"{Output}\n{Error}\n(exit code {ExitCode} after {Elapsed.TotalSeconds:F1} s)";
}

/// <summary>Runs programs under the two mpiexec of this machine, as the launchers say. Each run has a limit and is ended by its process id.</summary>
internal static class MpiRun
{
    private static readonly Lazy<string?> missing = new(() => (File.Exists("/usr/bin/mpiexec.hydra"), File.Exists("/usr/bin/mpiexec.openmpi")) switch
    {
        (true, true) => null,
        (false, false) => "Neither mpiexec.hydra nor mpiexec.openmpi is installed: install the packages mpich and openmpi-bin.",
        (false, _) => "mpiexec.hydra is not installed: install the package mpich.",
        _ => "mpiexec.openmpi is not installed: install the package openmpi-bin.",
    });

    /// <summary>Why no test with MPI can run, or null.</summary>
    public static string? Missing => missing.Value;

    /// <summary>The rig: a plain program that uses <see cref="Communicator"/>.</summary>
    public static string Rig { get; } = Path.Combine(
        AppContext.BaseDirectory.Replace("/ClusterTests/", "/Rigs/CommunicatorRig/", StringComparison.Ordinal), "PathosHpc.CommunicatorRig.dll");

    public static async Task<Launcher> LauncherAsync(MpiFlavor flavor) =>
        await new MpiexecLauncher(flavor == MpiFlavor.Mpich ? "mpiexec.hydra" : "mpiexec.openmpi").ResolveAsync(CancellationToken.None);

    public static async Task<MpiRunResult> RigAsync(MpiFlavor flavor, int ranks, string[] arguments, int seconds = 60, Dictionary<string, string>? environment = null)
    {
        Launcher launcher = await LauncherAsync(flavor);
        var request = new LaunchRequest { Ranks = ranks, Command = ["dotnet", Rig, .. arguments], Environment = environment ?? [] };
        return await RunAsync(launcher.Plan(request), seconds);
    }

    /// <summary>Runs a command without the variables of any launcher that this process itself runs under.</summary>
    public static async Task<MpiRunResult> RunAsync(LaunchCommand command, int seconds)
    {
        var start = new ProcessStartInfo(command.Arguments[0], command.Arguments.Skip(1))
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        foreach (string name in LaunchEnvironment.VariablesToRemove([.. start.Environment.Keys]))
            start.Environment.Remove(name);
        foreach ((string name, string value) in command.Environment)
            start.Environment[name] = value;
        long began = Stopwatch.GetTimestamp();
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        (StringBuilder output, StringBuilder error) = (new(), new());
        Task[] readers = [CopyAsync(process.StandardOutput, output), CopyAsync(process.StandardError, error)];
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        try
        {
            await process.WaitForExitAsync(limit.Token);
            TimeSpan elapsed = Stopwatch.GetElapsedTime(began);
            await Task.WhenAll(readers).WaitAsync(limit.Token);
            return new MpiRunResult(process.ExitCode, Text(output), Text(error), elapsed);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"{string.Join(' ', command.Arguments)} has not ended within {seconds} s. Output so far:\n{Text(output)}\n{Text(error)}");
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    private static async Task CopyAsync(StreamReader reader, StringBuilder text)
    {
        var buffer = new char[4096];
        for (int count; (count = await reader.ReadAsync(buffer)) > 0;)
        {
            lock (text)
                text.Append(buffer, 0, count);
        }
    }

    private static string Text(StringBuilder text)
    {
        lock (text)
            return text.ToString();
    }
}
