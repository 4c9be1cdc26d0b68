using System.Net;
using System.Net.Sockets;
using NLog;

namespace PathosHpc;

/// <summary>A tunnel from this machine: listens here, and has each connection's other end opened over there.</summary>
internal sealed class LocalTunnel : SshTunnel
{
    private static readonly Logger Log = LogManager.GetLogger("PathosHpc.Ssh");
    private readonly SshConnection connection;
    private readonly TunnelOptions options;
    private readonly Socket listener;
    private readonly CancellationTokenSource stop = new();
    private Task accepting = Task.CompletedTask;

    private LocalTunnel(SshConnection connection, TunnelOptions options, Socket listener) => (this.connection, this.options, this.listener) = (connection, options, listener);

    private string Target => options.Socket ?? $"{options.Machine} port {options.Port}";

    /// <summary>Starts to listen.</summary>
    /// <exception cref="IOException">The port or path is taken.</exception>
    public static LocalTunnel Start(SshConnection connection, TunnelOptions options)
    {
        bool isUnix = options.ListenSocket is not null;
        var listener = new Socket(isUnix ? AddressFamily.Unix : options.ListenAddress.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            listener.Bind(isUnix ? new UnixDomainSocketEndPoint(options.ListenSocket!) : new IPEndPoint(options.ListenAddress, options.ListenPort ?? 0));
            if (isUnix && !OperatingSystem.IsWindows())
                File.SetUnixFileMode(options.ListenSocket!, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            listener.Listen(64);
        }
        catch (SocketException e)
        {
            listener.Dispose();
            throw new IOException($"The tunnel cannot listen on {(isUnix ? options.ListenSocket : $"port {options.ListenPort} of {options.ListenAddress}")}: {e.Message}. Choose another, or leave ListenPort null for one that is free.", e);
        }
        var tunnel = new LocalTunnel(connection, options, listener) { Port = isUnix ? 0 : ((IPEndPoint)listener.LocalEndPoint!).Port, Socket = options.ListenSocket };
        tunnel.accepting = Task.Run(tunnel.AcceptAsync);
        _ = tunnel.EndWithConnectionAsync();
        return tunnel;
    }

    public override async ValueTask DisposeAsync()
    {
        await stop.CancelAsync().ConfigureAwait(false);
        listener.Dispose();
        await accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (Stop() && Socket is not null)
            File.Delete(Socket);
    }

    private async Task EndWithConnectionAsync()
    {
        await Task.WhenAny(connection.Lost, Stopped).ConfigureAwait(false);
        await DisposeAsync().ConfigureAwait(false);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                Socket socket = await listener.AcceptAsync(stop.Token).ConfigureAwait(false);
                _ = CarryAsync(socket);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The tunnel ends.
        }
    }

    private async Task CarryAsync(Socket socket)
    {
        using (socket)
        {
            try
            {
                if (Port != 0)
                    socket.NoDelay = true;
                await using Stream far = await connection.DialAsync(options.Socket ?? options.Machine, options.Port, stop.Token).ConfigureAwait(false);
                await using var near = new NetworkStream(socket);
                await StreamPair.CarryAsync(near, far, () => socket.Shutdown(SocketShutdown.Send), stop.Token).ConfigureAwait(false);
            }
            catch (HostFailedException e)
            {
                Log.Warn("A connection through the tunnel to {Target} failed: {Message}", Target, e.Message);
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // One of its ends is gone, and with it the connection.
                Log.Debug("A connection through the tunnel to {Target} ended: {Message}", Target, e.Message);
            }
        }
    }
}
