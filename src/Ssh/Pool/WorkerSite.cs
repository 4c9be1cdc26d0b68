using System.Diagnostics;
using System.Globalization;

namespace PathosHpc;

/// <summary>Where a host of workers can be started: over ssh, or on this machine.</summary>
/// <param name="host">The host; null for this machine.</param>
/// <param name="workers">Workers there; null for one on each core.</param>
internal sealed class WorkerSite(SshHost? host, int? workers)
{
    private ApplicationStage? stage;

    /// <summary>Its name, for people and statistics.</summary>
    public string Name => host?.Name ?? Environment.MachineName;

    /// <summary>Workers there; 0 until it is known.</summary>
    public int Workers { get; private set; } = workers ?? (host is null ? PoolSize.Checked(null, "LocalWorkers") : 0);

    /// <summary>Number of its first worker; -1 until it has one.</summary>
    public int FirstRank { get; set; } = -1;

    /// <summary>Finds out how many cores there are, if that decides.</summary>
    public async Task CountAsync(CancellationToken cancellationToken)
    {
        if (Workers > 0)
            return;
        CommandResult result = await host!.RunAsync(new HostCommand("getconf", "_NPROCESSORS_ONLN"), cancellationToken).ConfigureAwait(false);
        Workers = int.TryParse(result.StandardOutput.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int cores) && cores > 0 ? cores
            : throw new HostFailedException(HostFailureReason.Missing, Name, $"{Name} does not tell how many cores it has ('getconf _NPROCESSORS_ONLN' gave '{result.AllOutput.Trim()}'). Set Workers for it.");
    }

    /// <summary>Starts the host of workers, with the program brought there first.</summary>
    /// <returns>The stream to it, and what ends it; <paramref name="printed"/> is told of what it prints.</returns>
    public async Task<(Stream Stream, Func<Task> EndAsync)> StartAsync(int poolSize, Action<string> printed, CancellationToken cancellationToken)
    {
        string[] arguments = ["host", .. new[] { FirstRank, Workers, poolSize }.Select(n => n.ToString(CultureInfo.InvariantCulture))];
        if (host is null)
            return StartHere(arguments, printed);
        stage ??= await ApplicationStage.BringAsync(host, forNodes: false, cancellationToken).ConfigureAwait(false);
        SshProcess process = await host.StartAsync(stage.Command(typeof(Pool).Assembly, arguments), cancellationToken).ConfigureAwait(false);
        _ = ReadLinesAsync(process.StandardError, printed);
        return (new PairedStream(process.StandardOutput, process.StandardInput), () => EndAsync(process));
    }

    /// <summary>Lets the application be brought there anew: somebody may have removed it.</summary>
    public void Forget() => stage = null;

    private static (Stream, Func<Task>) StartHere(string[] arguments, Action<string> printed)
    {
        (IReadOnlyList<string> command, IReadOnlyDictionary<string, string> variables) = WorkerProgram.Command(typeof(Pool).Assembly, arguments);
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in variables)
            start.Environment[name] = value;
        var process = Process.Start(start)!;
        _ = ReadLinesAsync(process.StandardError.BaseStream, printed);
        return (new PairedStream(process.StandardOutput.BaseStream, process.StandardInput.BaseStream), async () =>
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(3));
            await process.WaitForExitAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!process.HasExited)
                process.Kill();
        });
    }

    private static async Task EndAsync(SshProcess process)
    {
        await ((Task)process.Exit).WaitAsync(TimeSpan.FromSeconds(3)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await process.DisposeAsync().ConfigureAwait(false);
    }

    private static async Task ReadLinesAsync(Stream stream, Action<string> printed)
    {
        try
        {
            using var reader = new StreamReader(stream);
            while (await reader.ReadLineAsync().ConfigureAwait(false) is { } line)
                printed(line);
        }
        catch (Exception e) when (e is IOException or HostFailedException or ObjectDisposedException or InvalidOperationException)
        {
            // It ended, and its stream with it.
        }
    }
}
