using System.Globalization;

namespace PathosHpc;

/// <summary>A host of workers that is started over ssh, and ends with the connection.</summary>
/// <param name="host">The host.</param>
/// <param name="workers">Workers there; null for one on each core.</param>
internal sealed class SshWorkerSite(SshHost host, int? workers) : WorkerSite(host.Name, workers ?? 0)
{
    private ApplicationStage? stage;

    public override bool IsFar => true;

    /// <summary>The workers of the server that runs on a host.</summary>
    public static ServerSite OfServer(SshHost host, int? workers) => new(host.Name, workers, host, cancellationToken => OpenServerAsync(host, null, cancellationToken), () => true);

    /// <summary>Connects to the server that runs on a host.</summary>
    /// <param name="host">The host.</param>
    /// <param name="server">Its name or the path of its token file there; null for that of the machine's name.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="HostFailedException">None runs there, or the host cannot be reached.</exception>
    public static async Task<ServerConnection> OpenServerAsync(SshHost host, string? server, CancellationToken cancellationToken)
    {
        ServerFile file = await FindServerAsync(host, server, cancellationToken).ConfigureAwait(false)
            ?? throw new HostFailedException(HostFailureReason.Missing, host.Name, $"No server runs on {host.Name}. Start one there with 'pathos serve', or from here with 'pathos connect {host.Name}'.");
        return await ServerConnection.OpenAsync(await host.OpenStreamAsync(file.Socket, cancellationToken).ConfigureAwait(false), file, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What the server of a host left there; null when there is none.</summary>
    public static async Task<ServerFile?> FindServerAsync(SshHost host, string? server, CancellationToken cancellationToken)
    {
        CommandResult found = await host.RunAsync(ServerFile.PrintThere(server), cancellationToken).ConfigureAwait(false);
        return found.Succeeded ? ServerFile.Parse(System.Text.Encoding.UTF8.GetBytes(found.StandardOutput), $"The file of the server on {host.Name} (~/.pathos-hpc/servers there)") : null;
    }

    public override async Task CountAsync(CancellationToken cancellationToken)
    {
        if (Workers > 0)
            return;
        CommandResult result = await host.RunAsync(new HostCommand("getconf", "_NPROCESSORS_ONLN"), cancellationToken).ConfigureAwait(false);
        Workers = int.TryParse(result.StandardOutput.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int cores) && cores > 0 ? cores
            : throw new HostFailedException(HostFailureReason.Missing, Name, $"{Name} does not tell how many cores it has ('getconf _NPROCESSORS_ONLN' gave '{result.AllOutput.Trim()}'). Set Workers for it.");
    }

    public override async Task<StartedWorkers> StartAsync(int poolSize, Action<string> printed, CancellationToken cancellationToken)
    {
        stage ??= await ApplicationStage.BringAsync(host, forNodes: false, cancellationToken).ConfigureAwait(false);
        SshProcess process = await host.StartAsync(stage.Command(typeof(Pool).Assembly, Arguments(Workers, poolSize)), cancellationToken).ConfigureAwait(false);
        _ = ReadLinesAsync(process.StandardError, printed);
        return new StartedWorkers(new PairedStream(process.StandardOutput, process.StandardInput), Workers, _ => Task.CompletedTask, () => EndAsync(process));
    }

    public override void Forget() => stage = null;

    public override async Task BringAsync(IReadOnlyList<StagedFile> files, CancellationToken cancellationToken) => await new HostCache(host).StageAsync(files, cancellationToken).ConfigureAwait(false);

    public override Task FetchAsync(string path, string target, CancellationToken cancellationToken) => host.GetFileAsync(path, target, cancellationToken);

    private static async Task EndAsync(SshProcess process)
    {
        await ((Task)process.Exit).WaitAsync(TimeSpan.FromSeconds(3)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await process.DisposeAsync().ConfigureAwait(false);
    }
}
