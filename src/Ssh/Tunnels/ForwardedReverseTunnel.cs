using System.Net;

namespace PathosHpc;

/// <summary>A tunnel from the host to this machine where there is no relay: the host's ssh server listens.</summary>
internal sealed class ForwardedReverseTunnel : SshTunnel
{
    private readonly SshConnection connection;
    private readonly string forwarding;

    private ForwardedReverseTunnel(SshConnection connection, string forwarding) => (this.connection, this.forwarding) = (connection, forwarding);

    /// <summary>Has the host listen.</summary>
    /// <exception cref="HostFailedException">The host forbids it, or the port is taken there.</exception>
    public static async Task<ForwardedReverseTunnel> StartAsync(SshConnection connection, string host, TunnelOptions options, CancellationToken cancellationToken)
    {
        // Whether the server heeds another (GatewayPorts), it does not tell.
        if (!options.ListenAddress.Equals(IPAddress.Loopback) && options.ListenSocket is null)
            throw new HostFailedException(HostFailureReason.Refused, host, $"{host} has no perl, without which a tunnel to here is only taken on its loopback, not on {options.ListenAddress}. Install perl there, or leave ListenAddress out.");
        string target = options.Socket ?? $"{options.Machine}:{options.Port}";
        string forwarding = $"{options.ListenSocket ?? (options.ListenPort ?? 0).ToString(System.Globalization.CultureInfo.InvariantCulture)}:{target}";
        (bool done, string text) = await connection.ForwardAsync("forward", "-R", forwarding, cancellationToken).ConfigureAwait(false);
        if (!done)
            throw new HostFailedException(HostFailureReason.Refused, host, $"{host} does not take connections for a tunnel to here. It said: {text}. It may forbid that (AllowTcpForwarding), or the port may be taken there.");
        int port = options.ListenSocket is not null ? 0 : options.ListenPort ?? (int.TryParse(text.Split('\n')[^1].Trim(), out int allocated) ? allocated
            : throw new HostFailedException(HostFailureReason.Refused, host, $"{host} did not tell which port it listens on; it said '{text}'."));
        var tunnel = new ForwardedReverseTunnel(connection, options.ListenSocket is null ? $"{port}:{target}" : forwarding) { Port = port, Socket = options.ListenSocket };
        _ = tunnel.EndWithConnectionAsync();
        return tunnel;
    }

    public override async ValueTask DisposeAsync()
    {
        if (Stop() && connection.IsUp)
        {
            await connection.ForwardAsync("cancel", "-R", forwarding, CancellationToken.None).ConfigureAwait(false);
            if (Socket is not null)
            {
                await using RemoteProcess remove = await connection.StartAsync(new HostCommand("rm", "-f", "--", Socket), inSession: false, CancellationToken.None).ConfigureAwait(false);
                await ((Task)remove.Exit).WaitAsync(TimeSpan.FromSeconds(10)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task EndWithConnectionAsync()
    {
        await Task.WhenAny(connection.Lost, Stopped).ConfigureAwait(false);
        Stop();
    }
}
