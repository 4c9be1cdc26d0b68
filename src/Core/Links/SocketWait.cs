using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace PathosHpc;

/// <summary>Waits for one of two sockets.</summary>
internal static unsafe partial class SocketWait
{
    private const short Readable = 1, Writable = 4;

    private const int Interrupted = 4;

    /// <summary>Waits until one is ready, its connection has ended, or the time is up.</summary>
    /// <param name="socket">A socket.</param>
    /// <param name="receive">Whether its readiness for reading ends the wait.</param>
    /// <param name="send">Whether its readiness for writing does.</param>
    /// <param name="also">Another, whose readiness for reading does.</param>
    /// <param name="milliseconds">The time.</param>
    /// <exception cref="ObjectDisposedException">One of them was closed.</exception>
    public static void ForEither(Socket socket, bool receive, bool send, Socket? also, int milliseconds)
    {
        if (OperatingSystem.IsWindows())
        {
            List<Socket> readable = also is null ? [socket] : [socket, also];
            Socket.Select(receive ? readable : null, send ? new List<Socket> { socket } : null, null, TimeSpan.FromMilliseconds(milliseconds));
            return;
        }
        // Lists, sets and their codes are much to touch for a rank that wakes with cold caches: Select takes longer than the wait's system call.
        Entry* entries = stackalloc Entry[2];
        bool isHeld = false, isAlsoHeld = false;
        try
        {
            socket.SafeHandle.DangerousAddRef(ref isHeld);
            entries[0] = new Entry((int)socket.SafeHandle.DangerousGetHandle(), (short)((receive ? Readable : 0) | (send ? Writable : 0)));
            if (also is not null)
            {
                also.SafeHandle.DangerousAddRef(ref isAlsoHeld);
                entries[1] = new Entry((int)also.SafeHandle.DangerousGetHandle(), Readable);
            }
            long end = Environment.TickCount64 + milliseconds;
            int left = milliseconds;
            // A signal ends the system's wait, whether it was meant for this thread or not (a child's end is told to any thread).
            while (Poll(entries, also is null ? 1u : 2u, left) < 0 && Marshal.GetLastPInvokeError() == Interrupted)
                left = (int)Math.Max(end - Environment.TickCount64, 0);
        }
        finally
        {
            if (isHeld)
                socket.SafeHandle.DangerousRelease();
            if (isAlsoHeld)
                also!.SafeHandle.DangerousRelease();
        }
    }

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(Entry* entries, nuint count, int milliseconds);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Entry(int descriptor, short wanted)
    {
        public readonly int Descriptor = descriptor;
        public readonly short Wanted = wanted;
        public readonly short Happened;
    }
}
