using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace PathosHpc.Tests;

public sealed partial class SocketCallsTests
{
    private const int Long = 60_000;

    private const int WindowChanged = 28;

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
            SocketCalls.WaitForEither(near, receive: true, send: false, bell, Long);
            near.Receive(new byte[1]);
            ringer.Send([1]);
            SocketCalls.WaitForEither(near, receive: true, send: false, bell, Long);
            bell.Receive(new byte[1]);
            SocketCalls.WaitForEither(near, receive: true, send: true, bell, Long);
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
            SocketCalls.WaitForEither(near, receive: true, send: false, bell, 50);
            Assert.True(watch.ElapsedMilliseconds >= 49, $"It took {watch.Elapsed}.");
        }
    }

    [Fact]
    public async Task A_signal_to_the_waiting_thread_does_not()
    {
        int signals = 0;
        using PosixSignalRegistration heard = PosixSignalRegistration.Create((PosixSignal)WindowChanged, context =>
        {
            Interlocked.Increment(ref signals);
            context.Cancel = true;
        });
        (Socket near, Socket far) = Pair();
        using (near)
        using (far)
        {
            var began = new TaskCompletionSource<nint>();
            using var wereSent = new ManualResetEventSlim();
            Task<TimeSpan> waited = Task.Factory.StartNew(() =>
            {
                began.SetResult(PthreadSelf());
                var watch = Stopwatch.StartNew();
                SocketCalls.WaitForEither(near, receive: true, send: false, null, 300);
                TimeSpan elapsed = watch.Elapsed;
                wereSent.Wait();
                return elapsed;
            }, TaskCreationOptions.LongRunning);
            nint thread = await began.Task;
            for (int i = 0; i < 5; i++)
            {
                Thread.Sleep(10);
                _ = PthreadKill(thread, WindowChanged);
            }
            wereSent.Set();
            TimeSpan elapsed = await waited;
            Assert.True(elapsed >= TimeSpan.FromMilliseconds(290), $"It took {elapsed}.");
            Assert.True(Volatile.Read(ref signals) > 0, "No signal came.");
        }
    }

    [Fact]
    public void A_lost_connection_ends_the_wait_and_a_closed_socket_is_told()
    {
        (Socket near, Socket far) = Pair();
        far.Dispose();
        SocketCalls.WaitForEither(near, receive: true, send: false, null, Long);
        SocketCalls.WaitForEither(near, receive: true, send: false, null, Timeout.Infinite);
        near.Dispose();
        Assert.Throws<ObjectDisposedException>(() => SocketCalls.WaitForEither(near, receive: true, send: false, null, Long));
    }

    [Fact]
    public async Task To_close_a_socket_ends_an_endless_wait_for_it()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        listener.Listen(1);
        Task waited = Task.Factory.StartNew(() => SocketCalls.WaitForEither(listener, receive: true, send: false, null, Timeout.Infinite), TaskCreationOptions.LongRunning);
        await Task.Delay(50);
        Assert.False(waited.IsCompleted);
        listener.Dispose();
        await waited.WaitAsync(TimeSpan.FromSeconds(60));
    }

    [Fact]
    public void What_is_there_is_received_and_what_is_not_is_told()
    {
        (Socket near, Socket far) = Pair();
        using (near)
        using (far)
        {
            near.Blocking = far.Blocking = false;
            var room = new byte[16];
            Assert.Equal(-1, SocketCalls.Receive(near, room));
            Assert.Equal(3, SocketCalls.Send(far, [1, 2, 3]));
            SocketCalls.WaitForEither(near, receive: true, send: false, null, Long);
            Assert.Equal(3, SocketCalls.Receive(near, room));
            Assert.Equal([1, 2, 3], room[..3]);
            var much = new byte[1 << 20];
            while (SocketCalls.Send(far, much) > 0)
                continue;
            far.Dispose();
            int count;
            while ((count = SocketCalls.Receive(near, much)) != 0)
                SocketCalls.WaitForEither(near, receive: true, send: false, null, count < 0 ? Long : 0);
        }
        Assert.Throws<LinkException>(() => SocketCalls.Receive(near, new byte[1]));
        Assert.Throws<LinkException>(() => SocketCalls.Send(near, [1]));
    }

    [Fact]
    public void A_connection_that_was_reset_is_told_as_broken()
    {
        (Socket near, Socket far) = Pair();
        using (near)
        {
            near.Blocking = false;
            far.LingerState = new LingerOption(true, 0);
            far.Dispose();
            SocketCalls.WaitForEither(near, receive: true, send: false, null, Long);
            LinkException error = Assert.Throws<LinkException>(() => SocketCalls.Receive(near, new byte[1]));
            Assert.StartsWith("The connection broke while receiving: ", error.Message, StringComparison.Ordinal);
            error = Assert.Throws<LinkException>(() => SocketCalls.Send(near, [1]));
            Assert.StartsWith("The connection broke while sending: ", error.Message, StringComparison.Ordinal);
        }
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

    [LibraryImport("libc", EntryPoint = "pthread_self")]
    private static partial nint PthreadSelf();

    [LibraryImport("libc", EntryPoint = "pthread_kill")]
    private static partial int PthreadKill(nint thread, int signal);
}
