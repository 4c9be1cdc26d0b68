using System.Diagnostics;
using System.Net.Sockets;

namespace PathosHpc.Tests;

public sealed class SocketWaitTests
{
    private const int Long = 60_000;

    [Fact]
    public void Bytes_on_either_socket_end_the_wait()
    {
        (Socket near, Socket far) = Pair();
        (Socket bell, Socket ringer) = Pair();
        using (near)
        using (far)
        using (bell)
        using (ringer)
        {
            far.Send([1]);
            SocketWait.ForEither(near, receive: true, send: false, bell, Long);
            near.Receive(new byte[1]);
            ringer.Send([1]);
            SocketWait.ForEither(near, receive: true, send: false, bell, Long);
            bell.Receive(new byte[1]);
            SocketWait.ForEither(near, receive: true, send: true, bell, Long);
        }
    }

    [Fact]
    public void Nothing_does_not()
    {
        (Socket near, Socket far) = Pair();
        (Socket bell, Socket ringer) = Pair();
        using (near)
        using (far)
        using (bell)
        using (ringer)
        {
            var watch = Stopwatch.StartNew();
            SocketWait.ForEither(near, receive: true, send: false, bell, 50);
            Assert.True(watch.ElapsedMilliseconds >= 49, $"It took {watch.Elapsed}.");
        }
    }

    [Fact]
    public void A_lost_connection_ends_the_wait_and_a_closed_socket_is_told()
    {
        (Socket near, Socket far) = Pair();
        far.Dispose();
        SocketWait.ForEither(near, receive: true, send: false, null, Long);
        near.Dispose();
        Assert.Throws<ObjectDisposedException>(() => SocketWait.ForEither(near, receive: true, send: false, null, Long));
    }

    private static (Socket, Socket) Pair()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        listener.Listen(1);
        var near = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        near.Connect(listener.LocalEndPoint!);
        return (near, listener.Accept());
    }
}
