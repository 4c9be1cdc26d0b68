namespace PathosHpc;

public sealed partial class SshHost
{
    /// <summary>Opens a tunnel from a port of this machine to a port that the host can reach. It is up when this returns.</summary>
    /// <param name="port">The port.</param>
    /// <param name="machine">The machine, as the host knows it.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="HostFailedException">The host cannot be reached.</exception>
    public Task<SshTunnel> OpenTunnelAsync(int port, string machine = "localhost", CancellationToken cancellationToken = default) =>
        OpenTunnelAsync(new TunnelOptions { Port = port, Machine = machine }, cancellationToken);

    /// <summary>Opens a tunnel of any kind: from here or to here, between ports and Unix sockets. It is up when this returns.</summary>
    /// <exception cref="HostFailedException">The host cannot be reached, or does not take connections for a reverse tunnel.</exception>
    /// <exception cref="IOException">The port or path to listen on is taken here.</exception>
    public async Task<SshTunnel> OpenTunnelAsync(TunnelOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        string[] errors = [.. options.Errors()];
        if (errors.Length > 0)
            throw new ArgumentException(string.Join(" ", errors), nameof(options));
        SshConnection up = await ConnectionAsync(cancellationToken).ConfigureAwait(false);
        return !options.Reverse ? LocalTunnel.Start(up, options)
            : up.HasRelay ? await ReverseTunnel.StartAsync(up, options, cancellationToken).ConfigureAwait(false)
            : await ForwardedReverseTunnel.StartAsync(up, Name, options, cancellationToken).ConfigureAwait(false);
    }
}
