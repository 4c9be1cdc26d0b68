using System.Net.Sockets;
using NLog;

namespace PathosHpc;

/// <summary>A tunnel from the host to this machine: the relay listens over there, and each connection's other end is opened here.</summary>
internal sealed class ReverseTunnel : SshTunnel
{
    private static readonly Logger Log = LogManager.GetLogger("PathosHpc.Ssh");
    private readonly SshConnection connection;
    private readonly TunnelOptions options;
    private readonly RelayListener listener;
    private readonly CancellationTokenSource stop = new();
    private Task accepting = Task.CompletedTask;

    private ReverseTunnel(SshConnection connection, TunnelOptions options, RelayListener listener) => (this.connection, this.options, this.listener) = (connection, options, listener);

    /// <summary>Has the relay listen.</summary>
    /// <exception cref="HostFailedException">The port or path is taken there, or not the user's to take.</exception>
    public static async Task<ReverseTunnel> StartAsync(SshConnection connection, TunnelOptions options, CancellationToken cancellationToken)
    {
        RelayListener listener = await connection.ListenAsync(options, cancellationToken).ConfigureAwait(false);
        var tunnel = new ReverseTunnel(connection, options, listener) { Port = listener.Started.Result, Socket = options.ListenSocket };
        tunnel.accepting = Task.Run(tunnel.AcceptAsync, CancellationToken.None);
        _ = tunnel.EndWithConnectionAsync();
        return tunnel;
    }

    public override async ValueTask DisposeAsync()
    {
        await stop.CancelAsync().ConfigureAwait(false);
        await listener.DisposeAsync().ConfigureAwait(false);
        await accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Stop();
    }

    private async Task EndWithConnectionAsync()
    {
        await Task.WhenAny(connection.Lost, Stopped).ConfigureAwait(false);
        await DisposeAsync().ConfigureAwait(false);
    }

    private async Task AcceptAsync()
    {
        await foreach (RelayChannel caller in listener.Callers.ReadAllAsync(stop.Token).ConfigureAwait(false))
            _ = CarryAsync(caller);
    }

    private async Task CarryAsync(RelayChannel caller)
    {
        await using var far = new DuplexStream(caller);
        try
        {
            using Socket socket = await ConnectAsync().ConfigureAwait(false);
            await caller.GrantAsync(RelayChannel.Window).ConfigureAwait(false);
            await using var near = new NetworkStream(socket);
            await StreamPair.CarryAsync(near, far, () => socket.Shutdown(SocketShutdown.Send), stop.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException or HostFailedException)
        {
            // One of its ends is gone, and with it the connection.
            Log.Debug("A connection through the tunnel from {Host} ended: {Message}", connection.Host, e.Message);
        }
    }

    private async Task<Socket> ConnectAsync()
    {
        Socket socket = options.Socket is null ? new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true } : new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            if (options.Socket is { } path)
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), stop.Token).ConfigureAwait(false);
            else
                await socket.ConnectAsync(options.Machine, options.Port!.Value, stop.Token).ConfigureAwait(false);
            return socket;
        }
        catch (Exception e)
        {
            socket.Dispose();
            if (e is SocketException)
                Log.Warn("A connection through the tunnel from {Host} to {Target} failed: {Message}", connection.Host, options.Socket ?? $"{options.Machine} port {options.Port}", e.Message);
            throw;
        }
    }
}
