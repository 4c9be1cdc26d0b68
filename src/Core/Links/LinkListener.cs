using System.Net;
using System.Net.Sockets;
using NLog;

namespace PathosHpc;

/// <summary>Listens on TCP and lets in who knows the key, each beside the others, so that one who says nothing keeps nobody waiting.</summary>
/// <param name="key">What both sides know.</param>
/// <param name="role">Which side this is.</param>
/// <param name="opened">Called with each stream whose other side has proved itself, and its address.</param>
internal sealed class LinkListener(LinkKey key, LinkRole role, Action<Stream, string> opened) : IDisposable
{
    private const int PortsTried = 50, Backlog = 64;
    private static readonly Logger Log = LogManager.GetLogger("PathosHpc.Links");
    private readonly CancellationTokenSource stop = new();
    private Socket? socket;

    /// <summary>Starts to listen.</summary>
    /// <param name="networkInterface">The interface, or the address, to listen on; null for all.</param>
    /// <param name="ports">The ports to choose from; null leaves it to the system.</param>
    /// <returns>The port.</returns>
    /// <exception cref="IOException">None of the ports is free, or there is no such interface.</exception>
    public int Start(string? networkInterface, (int First, int Last)? ports)
    {
        IPAddress address = LinkAddresses.ToBind(networkInterface);
        for (int attempt = 0; ; attempt++)
        {
            var next = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                if (address.Equals(IPAddress.IPv6Any))
                    next.DualMode = true;
                next.Bind(new IPEndPoint(address, ports is { } range ? Random.Shared.Next(range.First, range.Last + 1) : 0));
                next.Listen(Backlog);
                socket = next;
                break;
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied && ports is not null && attempt < PortsTried)
            {
                next.Dispose();
            }
            catch (SocketException e)
            {
                next.Dispose();
                throw new IOException($"Machine {Environment.MachineName} cannot listen on {address}{(ports is { } r ? $", ports {r.First} to {r.Last} (PortRange)" : "")}: {e.Message}", e);
            }
        }
        _ = Task.Run(AcceptAsync);
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    public void Dispose()
    {
        stop.Cancel();
        socket?.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                _ = OpenAsync(await socket!.AcceptAsync(stop.Token).ConfigureAwait(false));
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                if (stop.IsCancellationRequested)
                    return;
                // Out of descriptors, most likely: those who say nothing are turned away soon.
                Log.Warn(e, "A connection could not be accepted.");
                await Task.Delay(100).ConfigureAwait(false);
            }
        }
    }

    private async Task OpenAsync(Socket accepted)
    {
        try
        {
            accepted.NoDelay = true;
            string from = accepted.RemoteEndPoint?.ToString() ?? "";
            opened(await key.SecureAsync(new NetworkStream(accepted, ownsSocket: true), role, dialled: false, stop.Token).ConfigureAwait(false), from);
        }
        catch (Exception e)
        {
            Log.Debug(e, "Someone connected who does not belong to this job.");
            accepted.Dispose();
        }
    }
}
