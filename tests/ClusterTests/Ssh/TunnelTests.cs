using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using PathosHpc.Tests;

namespace PathosHpc.ClusterTests;

/// <summary>Tunnels from a host to here, and what ends early in either direction, over a usual sshd and one that allows a single session and forwards nothing.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class TunnelTests(PrivateSshd usual, NarrowSshd narrow) : IClassFixture<PrivateSshd>, IClassFixture<NarrowSshd>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(false, true)]
    [InlineData(false, false)] // as on Windows
    [InlineData(true, true)]
    [InlineData(true, false)]
    public async Task A_reverse_tunnel_needs_neither_a_shared_connection_nor_a_server_that_forwards(bool isNarrow, bool multiplexing)
    {
        await using SshHost host = Host(isNarrow, multiplexing);
        using var server = new EchoServer();
        using var folder = new TemporaryFolder("reverse");
        SshTunnel port = await host.OpenTunnelAsync(new TunnelOptions { Port = server.Port, Reverse = true }).WaitAsync(Patience);
        await Task.WhenAll(Enumerable.Range(0, 5).Select(async i =>
        {
            using TcpClient client = await ConnectAsync(IPAddress.Loopback, port.Port);
            await EchoServer.ExchangeAsync(client.GetStream(), new byte[3_000_000 + i]);
        })).WaitAsync(Patience);
        using TcpClient open = await ConnectAsync(IPAddress.Loopback, port.Port);
        await EchoServer.ExchangeAsync(open.GetStream(), new byte[100]);

        // What is taken there is told.
        var taken = await Assert.ThrowsAsync<HostFailedException>(() => host.OpenTunnelAsync(new TunnelOptions { Port = server.Port, ListenPort = port.Port, Reverse = true })).WaitAsync(Patience);
        Assert.Equal(HostFailureReason.Refused, taken.Reason);
        Assert.Contains($"port {port.Port} of 127.0.0.1: Address already in use", taken.Message, StringComparison.Ordinal);

        // It ends with its connections, and its port is free again.
        await port.DisposeAsync();
        Assert.True(port.Stopped.IsCompletedSuccessfully);
        Assert.Equal(0, await open.GetStream().ReadAsync(new byte[1]).AsTask().WaitAsync(Patience));
        await Assert.ThrowsAsync<SocketException>(() => ConnectAsync(IPAddress.Loopback, port.Port));
        await using SshTunnel again = await host.OpenTunnelAsync(new TunnelOptions { Port = server.Port, ListenPort = port.Port, ListenAddress = IPAddress.Parse("127.0.0.2"), Reverse = true }).WaitAsync(Patience);
        Assert.Equal(port.Port, again.Port);
        using (TcpClient client = await ConnectAsync(IPAddress.Parse("127.0.0.2"), port.Port))
            await EchoServer.ExchangeAsync(client.GetStream(), new byte[1000]);
        await Assert.ThrowsAsync<SocketException>(() => ConnectAsync(IPAddress.Loopback, port.Port));

        // A Unix socket, that only the user can open.
        string path = folder.Path + "/a socket";
        await using (SshTunnel socket = await host.OpenTunnelAsync(new TunnelOptions { Port = server.Port, ListenSocket = path, Reverse = true }).WaitAsync(Patience))
        {
            Assert.Equal((0, path), (socket.Port, socket.Socket));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
            await ExchangeAsync(path);
            var twice = await Assert.ThrowsAsync<HostFailedException>(() => host.OpenTunnelAsync(new TunnelOptions { Port = server.Port, ListenSocket = path, Reverse = true })).WaitAsync(Patience);
            Assert.Contains(path + ": Address already in use", twice.Message, StringComparison.Ordinal);
        }
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
        var tooLong = await Assert.ThrowsAsync<HostFailedException>(() => host.OpenTunnelAsync(new TunnelOptions { Port = 1, ListenSocket = "/tmp/" + new string('x', 120), Reverse = true })).WaitAsync(Patience);
        Assert.Contains("125 bytes are too long", tooLong.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_reverse_tunnel_stops_with_its_connection_and_can_be_opened_again(bool multiplexing)
    {
        await using SshHost host = Host(isNarrow: false, multiplexing);
        using var server = new EchoServer();
        using var folder = new TemporaryFolder("reverse again");
        string path = folder.Path + "/socket";
        TunnelOptions toPort = new() { Port = server.Port, Reverse = true }, toSocket = toPort with { ListenSocket = path };
        SshTunnel port = await host.OpenTunnelAsync(toPort).WaitAsync(Patience), socket = await host.OpenTunnelAsync(toSocket).WaitAsync(Patience);
        using TcpClient open = await ConnectAsync(IPAddress.Loopback, port.Port);
        await EchoServer.ExchangeAsync(open.GetStream(), new byte[100]);
        await usual.ScriptAsync("cut");
        await Task.WhenAll(port.Stopped, socket.Stopped).WaitAsync(Patience);
        await UntilAsync(() => !File.Exists(path));
        await using (SshTunnel again = await host.OpenTunnelAsync(toPort with { ListenPort = port.Port }).WaitAsync(Patience))
        {
            using TcpClient client = await ConnectAsync(IPAddress.Loopback, port.Port);
            await EchoServer.ExchangeAsync(client.GetStream(), new byte[1000]);
        }
        // A relay that is killed leaves its socket, and the next one takes its place.
        socket = await host.OpenTunnelAsync(toSocket).WaitAsync(Patience);
        await Assert.ThrowsAsync<HostFailedException>(() => host.RunAsync(new HostCommand("sh", "-c", "kill -KILL $PPID; sleep 600"))).WaitAsync(Patience);
        await socket.Stopped.WaitAsync(Patience);
        Assert.True(File.Exists(path));
        await using (SshTunnel again = await host.OpenTunnelAsync(toSocket).WaitAsync(Patience))
            await ExchangeAsync(path);
        Assert.False(File.Exists(path));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Either_end_of_a_tunnel_may_say_that_it_has_no_more_while_the_other_goes_on(bool reverse)
    {
        await using SshHost host = Host(isNarrow: true, multiplexing: false);
        using var target = new TcpListener(IPAddress.Loopback, 0);
        target.Start();
        await using SshTunnel tunnel = await host.OpenTunnelAsync(new TunnelOptions { Port = ((IPEndPoint)target.LocalEndpoint).Port, Reverse = reverse }).WaitAsync(Patience);
        byte[] large = new byte[5_000_000];
        new Random(6).NextBytes(large);
        foreach (bool callerFirst in new[] { true, false })
        {
            using TcpClient caller = await ConnectAsync(IPAddress.Loopback, tunnel.Port);
            using TcpClient called = await target.AcceptTcpClientAsync().WaitAsync(Patience);
            (NetworkStream first, NetworkStream second) = callerFirst ? (caller.GetStream(), called.GetStream()) : (called.GetStream(), caller.GetStream());
            first.Socket.Shutdown(SocketShutdown.Send);
            Assert.Equal(0, await second.ReadAsync(new byte[1]).AsTask().WaitAsync(Patience));
            Task write = second.WriteAsync(large).AsTask().ContinueWith(_ => second.Socket.Shutdown(SocketShutdown.Send), TaskScheduler.Default);
            using var came = new MemoryStream();
            await first.CopyToAsync(came).WaitAsync(Patience);
            await write.WaitAsync(Patience);
            Assert.Equal(large, came.ToArray());
        }
    }

    [Fact]
    public async Task Who_calls_while_nobody_listens_at_the_target_is_hung_up_on()
    {
        await using SshHost host = Host(isNarrow: true, multiplexing: false);
        await using SshTunnel tunnel = await host.OpenTunnelAsync(new TunnelOptions { Port = 1, Reverse = true }).WaitAsync(Patience);
        for (int i = 0; i < 3; i++)
        {
            using TcpClient client = await ConnectAsync(IPAddress.Loopback, tunnel.Port);
            Assert.Equal(0, await client.GetStream().ReadAsync(new byte[1]).AsTask().WaitAsync(Patience));
        }
        Assert.False(tunnel.Stopped.IsCompleted);
    }

    private SshHost Host(bool isNarrow, bool multiplexing) => (isNarrow ? narrow : usual).Host(change: o => o with { Multiplexing = multiplexing });

    private static async Task<TcpClient> ConnectAsync(IPAddress address, int port)
    {
        var client = new TcpClient();
        await client.ConnectAsync(address, port).WaitAsync(Patience);
        return client;
    }

    private static async Task ExchangeAsync(string path)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path)).WaitAsync(Patience);
        await EchoServer.ExchangeAsync(new NetworkStream(socket), new byte[200_000]);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        for (var watch = System.Diagnostics.Stopwatch.StartNew(); !condition(); await Task.Delay(20))
            Assert.True(watch.Elapsed < Patience, "it did not come about");
    }
}
