using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using PathosHpc.Tests;

namespace PathosHpc.ClusterTests;

/// <summary>Streams and tunnels of hosts without perl: ssh itself forwards them, over the shared connection (which needs no session) or one of its own.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class PerllessStreamTests(PerllessNarrowSshd narrow, PerllessShutSshd shut) : IClassFixture<PerllessNarrowSshd>, IClassFixture<PerllessShutSshd>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Streams_and_tunnels_lead_to_ports_and_sockets(bool multiplexing)
    {
        await using SshHost host = narrow.Host(change: o => o with { Multiplexing = multiplexing });
        using var server = new EchoServer();
        using var folder = new TemporaryFolder("perlless");
        await using (Stream stream = await host.OpenStreamAsync("127.0.0.1", server.Port).WaitAsync(Patience))
            await EchoServer.ExchangeAsync(stream, new byte[3_000_000]);
        await using (SshTunnel tunnel = await host.OpenTunnelAsync(server.Port).WaitAsync(Patience))
        {
            await Task.WhenAll(Enumerable.Range(0, 5).Select(async i =>
            {
                using var client = new TcpClient("127.0.0.1", tunnel.Port);
                await EchoServer.ExchangeAsync(client.GetStream(), new byte[200_000 + i]);
            })).WaitAsync(Patience);
        }
        string path = folder.Path + "/a:socket";
        using (var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            listener.Bind(new UnixDomainSocketEndPoint(path));
            listener.Listen();
            await using Stream stream = await host.OpenStreamAsync(path).WaitAsync(Patience);
            using Socket called = await listener.AcceptAsync().WaitAsync(Patience);
            await called.SendAsync(new byte[] { 1, 2, 3 });
            byte[] came = new byte[3];
            await stream.ReadExactlyAsync(came).AsTask().WaitAsync(Patience);
            Assert.Equal(new byte[] { 1, 2, 3 }, came);
        }
        // Who is not there is told by the first read.
        await using (Stream nobody = await host.OpenStreamAsync("127.0.0.1", 1).WaitAsync(Patience))
        {
            var unreachable = await Assert.ThrowsAsync<HostFailedException>(() => nobody.ReadAsync(new byte[1]).AsTask()).WaitAsync(Patience);
            Assert.Equal(HostFailureReason.Unreachable, unreachable.Reason);
            Assert.Contains("127.0.0.1 port 1", unreachable.Message, StringComparison.Ordinal);
            Assert.Contains("Connection refused", unreachable.Message, StringComparison.Ordinal);
        }
        if (!multiplexing)
        {
            Assert.Equal("alone", (await host.RunAsync(new HostCommand("printf", "alone")).WaitAsync(Patience)).StandardOutput);
            Assert.True((await host.RunAsync(new HostCommand("sleep", "600") { Timeout = TimeSpan.FromSeconds(2) }).WaitAsync(Patience)).TimedOut);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_stream_that_ends_is_told_apart_from_one_whose_connection_is_lost(bool multiplexing)
    {
        await using SshHost host = narrow.Host(change: o => o with { Multiplexing = multiplexing });
        using var target = new TcpListener(IPAddress.Loopback, 0);
        target.Start();
        int port = ((IPEndPoint)target.LocalEndpoint).Port;
        await using SshTunnel tunnel = await host.OpenTunnelAsync(port).WaitAsync(Patience);
        byte[] large = new byte[2_000_000];
        new Random(6).NextBytes(large);
        foreach (bool callerFirst in new[] { true, false })
        {
            using var caller = new TcpClient("127.0.0.1", tunnel.Port);
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
        await using (Stream cut = await host.OpenStreamAsync("127.0.0.1", port).WaitAsync(Patience))
        {
            using TcpClient called = await target.AcceptTcpClientAsync().WaitAsync(Patience);
            await called.GetStream().WriteAsync(new byte[10]);
            await cut.ReadExactlyAsync(new byte[10]).AsTask().WaitAsync(Patience);
            await narrow.ScriptAsync("cut");
            var lost = await Assert.ThrowsAsync<HostFailedException>(() => cut.ReadAsync(new byte[1]).AsTask()).WaitAsync(Patience);
            Assert.Equal(HostFailureReason.Lost, lost.Reason);
        }
        await tunnel.Stopped.WaitAsync(Patience);
        using var server = new EchoServer();
        await using Stream again = await host.OpenStreamAsync("127.0.0.1", server.Port).WaitAsync(Patience);
        await EchoServer.ExchangeAsync(again, new byte[1000]);
    }

    [Fact]
    public async Task A_stream_whose_writing_has_ended_is_still_read()
    {
        await using SshHost host = narrow.Host();
        using var target = new TcpListener(IPAddress.Loopback, 0);
        target.Start();
        await using Stream stream = await host.OpenStreamAsync("127.0.0.1", ((IPEndPoint)target.LocalEndpoint).Port).WaitAsync(Patience);
        await Assert.IsType<DuplexStream>(stream).EndWritingAsync();
        using TcpClient called = await target.AcceptTcpClientAsync().WaitAsync(Patience);
        Assert.Equal(0, await called.GetStream().ReadAsync(new byte[1]).AsTask().WaitAsync(Patience));
        await called.GetStream().WriteAsync(new byte[] { 1, 2, 3 });
        byte[] came = new byte[3];
        await stream.ReadExactlyAsync(came).AsTask().WaitAsync(Patience);
        Assert.Equal(new byte[] { 1, 2, 3 }, came);
    }

    [Fact]
    public async Task A_server_that_forwards_nothing_is_told_and_not_asked_again()
    {
        await using SshHost host = shut.Host();
        using var server = new EchoServer();
        await using Stream stream = await host.OpenStreamAsync("127.0.0.1", server.Port).WaitAsync(Patience);
        var first = await Assert.ThrowsAsync<HostFailedException>(() => stream.ReadAsync(new byte[1]).AsTask()).WaitAsync(Patience);
        var next = await Assert.ThrowsAsync<HostFailedException>(() => host.OpenStreamAsync("127.0.0.1", server.Port)).WaitAsync(Patience);
        foreach (HostFailedException refused in new[] { first, next })
        {
            Assert.Equal(HostFailureReason.Refused, refused.Reason);
            Assert.Contains("AllowTcpForwarding", refused.Message, StringComparison.Ordinal);
        }
        Assert.Equal(next.Message, host.NoStreams);
        var reverse = await Assert.ThrowsAsync<HostFailedException>(() => host.OpenTunnelAsync(new TunnelOptions { Port = server.Port, Reverse = true })).WaitAsync(Patience);
        Assert.Equal(HostFailureReason.Refused, reverse.Reason);
    }

    [Fact]
    public async Task Reverse_tunnels_are_the_servers_where_there_is_no_perl()
    {
        await using SshHost host = narrow.Host();
        using var server = new EchoServer();
        await using (SshTunnel tunnel = await host.OpenTunnelAsync(new TunnelOptions { Port = server.Port, Reverse = true }).WaitAsync(Patience))
        {
            using var client = new TcpClient("127.0.0.1", tunnel.Port);
            await EchoServer.ExchangeAsync(client.GetStream(), new byte[1000]);
        }
        var elsewhere = await Assert.ThrowsAsync<HostFailedException>(() => host.OpenTunnelAsync(new TunnelOptions { Port = server.Port, ListenAddress = IPAddress.Any, Reverse = true })).WaitAsync(Patience);
        Assert.Equal(HostFailureReason.Refused, elsewhere.Reason);
        Assert.Contains("0.0.0.0", elsewhere.Message, StringComparison.Ordinal);
    }
}
