using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace PathosHpc;

/// <summary>Calls of the system on sockets that never block. On Linux they are made directly: the runtime's own take several times as long as the system's, and
/// where nothing is there to receive, have a process that just began compile tables of errors.</summary>
internal static unsafe partial class SocketCalls
{
    private const short Readable = 1, Writable = 4;

    private const int Interrupted = 4, TryAgain = 11, NoBufferSpace = 105;

    /// <summary>A connection that broke is told by an error, not by SIGPIPE (send(2)).</summary>
    private const int NoSignal = 0x4000;

    /// <summary>Receives what there is.</summary>
    /// <returns>How many bytes; 0 when the other side has ended the connection; -1 when nothing is there.</returns>
    /// <exception cref="LinkException">The connection broke, or was closed here.</exception>
    public static int Receive(Socket socket, Span<byte> room)
    {
        try
        {
            if (!OperatingSystem.IsLinux())
                return Outcome(socket.Receive(room, SocketFlags.None, out SocketError error), error, "receiving");
            fixed (byte* start = room)
            {
                using var handle = new Held(socket);
                return Outcome(Receive(handle.Descriptor, start, (nuint)room.Length, 0), "receiving");
            }
        }
        catch (ObjectDisposedException e)
        {
            throw new LinkException("The connection was closed on this side.", e);
        }
    }

    /// <summary>Sends what the system takes now.</summary>
    /// <returns>How many bytes; -1 when it takes none.</returns>
    /// <inheritdoc cref="Receive(Socket, Span{byte})" path="/exception"/>
    public static int Send(Socket socket, ReadOnlySpan<byte> bytes)
    {
        try
        {
            if (!OperatingSystem.IsLinux())
                return Outcome(socket.Send(bytes, SocketFlags.None, out SocketError error), error, "sending");
            fixed (byte* start = bytes)
            {
                using var handle = new Held(socket);
                return Outcome(Send(handle.Descriptor, start, (nuint)bytes.Length, NoSignal), "sending");
            }
        }
        catch (ObjectDisposedException e)
        {
            throw new LinkException("The connection was closed on this side.", e);
        }
    }

    /// <summary>Waits until one is ready, its connection has ended, or the time is up.</summary>
    /// <param name="socket">A socket.</param>
    /// <param name="receive">Whether its readiness for reading ends the wait.</param>
    /// <param name="send">Whether its readiness for writing does.</param>
    /// <param name="also">Another, whose readiness for reading does.</param>
    /// <param name="milliseconds">The time; <see cref="Timeout.Infinite"/> for no end.</param>
    /// <exception cref="ObjectDisposedException">One of them was closed.</exception>
    public static void WaitForEither(Socket socket, bool receive, bool send, Socket? also, int milliseconds)
    {
        if (OperatingSystem.IsWindows())
        {
            List<Socket> readable = also is null ? [socket] : [socket, also];
            Socket.Select(receive ? readable : null, send ? new List<Socket> { socket } : null, null, TimeSpan.FromMilliseconds(milliseconds));
            return;
        }
        Entry* entries = stackalloc Entry[2];
        using var held = new Held(socket);
        using Held heldToo = also is null ? default : new Held(also);
        entries[0] = new Entry(held.Descriptor, (short)((receive ? Readable : 0) | (send ? Writable : 0)));
        if (also is not null)
            entries[1] = new Entry(heldToo.Descriptor, Readable);
        long end = Environment.TickCount64 + milliseconds;
        int left = milliseconds;
        // A signal ends the system's wait, whether it was meant for this thread or not (a child's end is told to any thread).
        while (Poll(entries, also is null ? 1u : 2u, left) < 0 && Marshal.GetLastPInvokeError() == Interrupted)
            left = milliseconds < 0 ? milliseconds : (int)Math.Max(end - Environment.TickCount64, 0);
    }

    /// <summary>Closes a socket that no other thread uses. (The runtime's own way compiles tables of errors first, as long as the rest of a rehearsal.)</summary>
    public static void Close(Socket socket)
    {
        if (!OperatingSystem.IsLinux())
        {
            socket.Dispose();
            return;
        }
        int descriptor = (int)socket.SafeHandle.DangerousGetHandle();
        socket.SafeHandle.SetHandleAsInvalid();
        _ = Close(descriptor);
    }

    private static int Outcome(nint count, string doing)
    {
        if (count >= 0)
            return (int)count;
        int error = Marshal.GetLastPInvokeError();
        return error is TryAgain or Interrupted or NoBufferSpace ? -1
            : throw new LinkException($"The connection broke while {doing}: {Marshal.GetPInvokeErrorMessage(error)}.");
    }

    private static int Outcome(int count, SocketError error, string doing) => error switch
    {
        SocketError.Success => count,
        SocketError.WouldBlock or SocketError.Interrupted or SocketError.NoBufferSpaceAvailable => -1,
        _ => throw new LinkException($"The connection broke while {doing}: {error}."),
    };

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(Entry* entries, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static partial nint Receive(int descriptor, byte* room, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    private static partial nint Send(int descriptor, byte* bytes, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Entry(int descriptor, short wanted)
    {
        public readonly int Descriptor = descriptor;
        public readonly short Wanted = wanted;
        public readonly short Happened;
    }

    /// <summary>Keeps a socket's descriptor from being closed, and so from becoming another's, while it is in use.</summary>
    private readonly ref struct Held
    {
        private readonly SafeSocketHandle? handle;

        public Held(Socket socket)
        {
            bool isHeld = false;
            socket.SafeHandle.DangerousAddRef(ref isHeld);
            handle = socket.SafeHandle;
        }

        public int Descriptor => (int)handle!.DangerousGetHandle();

        public void Dispose() => handle?.DangerousRelease();
    }
}
