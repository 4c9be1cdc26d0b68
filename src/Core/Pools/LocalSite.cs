using System.Diagnostics;

namespace PathosHpc;

/// <summary>A host of workers on this machine.</summary>
/// <param name="workers">Workers; null for one on each core.</param>
/// <param name="folder">Where its private folder goes; null for the folder of temporary files.</param>
internal sealed class LocalSite(int? workers, string? folder = null) : WorkerSite(Environment.MachineName, workers ?? PoolSize.Checked(null, nameof(workers)))
{
    public override Task<StartedWorkers> StartAsync(int poolSize, Action<string> printed, CancellationToken cancellationToken)
    {
        (IReadOnlyList<string> command, IReadOnlyDictionary<string, string> variables) = WorkerProgram.Command(typeof(Pool).Assembly, Arguments(Workers, poolSize));
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in variables)
            start.Environment[name] = value;
        if (folder is not null)
            start.Environment[OperatingSystem.IsWindows() ? "TEMP" : "TMPDIR"] = folder;
        var process = Process.Start(start)!;
        _ = ReadLinesAsync(process.StandardError.BaseStream, printed);
        return Task.FromResult(new StartedWorkers(new PairedStream(process.StandardOutput.BaseStream, process.StandardInput.BaseStream), Workers, _ => Task.CompletedTask, async () =>
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(3));
            await process.WaitForExitAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!process.HasExited)
                process.Kill();
        }));
    }
}
