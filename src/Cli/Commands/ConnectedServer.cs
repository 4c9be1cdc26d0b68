namespace PathosHpc;

/// <summary>A server on a host as this machine sees it: started there unless one runs, and found here under the host's name as long as this lasts.</summary>
internal sealed class ConnectedServer : IAsyncDisposable
{
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(60);
    private readonly ServerClaim claim;
    private readonly SshTunnel tunnel;
    private readonly SshProcess? started;

    private ConnectedServer(string name, ServerClaim claim, SshTunnel tunnel, SshProcess? started, ServerStatus status) =>
        (Name, this.claim, this.tunnel, this.started, Status) = (name, claim, tunnel, started, status);

    /// <summary>What pools call it here.</summary>
    internal string Name { get; }

    /// <summary>How it fared at first.</summary>
    internal ServerStatus Status { get; }

    /// <summary>Whether it was started for this, and so ends with it.</summary>
    internal bool IsOwn => started is not null;

    /// <summary>Completed when the way there is lost, or the server started there has ended.</summary>
    internal Task Ended => started is null ? tunnel.Stopped : Task.WhenAny(tunnel.Stopped, started.Exit);

    internal static async Task<ConnectedServer> OpenAsync(SshHost host, string name, int? workers, CancellationToken cancellationToken)
    {
        if (!ServerFile.IsUsable(name)) throw new UsageException($"A server cannot be called '{name}' here. Make the host a site ('pathos hosts add NAME ADDRESS') and connect to that.");
        var claim = ServerClaim.Take(name);
        SshProcess? started = null;
        SshTunnel? tunnel = null;
        try
        {
            var file = await LivingAsync(host, cancellationToken).ConfigureAwait(false);
            if (file is null) (file, started) = await StartAsync(host, workers, cancellationToken).ConfigureAwait(false);
            tunnel = await host.OpenTunnelAsync(new TunnelOptions { Socket = file.Socket, ListenSocket = claim.Meeting.SocketPath }, cancellationToken).ConfigureAwait(false);
            claim.Publish(file with { Socket = claim.Meeting.SocketPath, IsFar = true });
            await using var connection = await ServerConnection.OpenAsync(name, cancellationToken).ConfigureAwait(false);
            return new ConnectedServer(name, claim, tunnel, started, await connection.StatusAsync(cancellationToken).ConfigureAwait(false));
        }
        catch
        {
            if (tunnel is not null) await tunnel.DisposeAsync().ConfigureAwait(false);
            if (started is not null) await started.DisposeAsync().ConfigureAwait(false);
            claim.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await tunnel.DisposeAsync().ConfigureAwait(false);
        claim.Dispose();
        if (started is null) return;
        // The end of its input ends it in order.
        await started.StandardInput.DisposeAsync().ConfigureAwait(false);
        await ((Task)started.Exit).WaitAsync(TimeSpan.FromSeconds(10)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await started.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>The file of the server that runs there; null when there is none, or it was killed.</summary>
    private static async Task<ServerFile?> LivingAsync(SshHost host, CancellationToken cancellationToken)
    {
        if (await SshWorkerSite.FindServerAsync(host, null, cancellationToken).ConfigureAwait(false) is not { } file) return null;
        try
        {
            await using var connection = await SshWorkerSite.OpenServerAsync(host, null, cancellationToken).ConfigureAwait(false);
            return file;
        }
        catch (Exception e) when (e is IOException or HostFailedException { Reason: HostFailureReason.Unreachable or HostFailureReason.Missing })
        {
            return null;
        }
    }

    /// <summary>Starts a server there, of this tool's own files: neither it nor .NET need be there.</summary>
    private static async Task<(ServerFile File, SshProcess Process)> StartAsync(SshHost host, int? workers, CancellationToken cancellationToken)
    {
        var stage = await ApplicationStage.BringAsync(host, forNodes: false, cancellationToken).ConfigureAwait(false);
        var process = await host.StartAsync(stage.Command(typeof(Pool).Assembly, "serve", "", (workers ?? 0).ToString(System.Globalization.CultureInfo.InvariantCulture)), cancellationToken).ConfigureAwait(false);
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(StartTime);
            using var lines = new StreamReader(process.StandardOutput, leaveOpen: true);
            using var errors = new StreamReader(process.StandardError, leaveOpen: true);
            var path = await lines.ReadLineAsync(limit.Token).ConfigureAwait(false)
                ?? throw new IOException($"The server on {host.Name} did not come up: {(await errors.ReadToEndAsync(limit.Token).ConfigureAwait(false)).Trim()}");
            var file = await SshWorkerSite.FindServerAsync(host, path, cancellationToken).ConfigureAwait(false) ?? throw new IOException($"The server on {host.Name} has ended at once.");
            return (file, process);
        }
        catch
        {
            await process.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
