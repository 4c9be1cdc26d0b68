using System.IO.MemoryMappedFiles;
using System.Net.Sockets;

namespace PathosHpc;

/// <summary>Wakes sleeping ranks of this node: MPI itself can only be polled, and idle ranks must not burn cores.</summary>
/// <remarks>A rank that goes to sleep raises its flag in memory that the ranks of the node share, looks once more for messages, and waits on a
/// datagram socket. Whoever sends it a message looks at the flag and rings. Ranks of other nodes cannot be rung; they look once a millisecond.</remarks>
internal sealed unsafe class Doorbell : IDisposable
{
    private const int FlagSpacing = 64;
    private readonly string folder;
    private readonly int rank;
    private readonly bool[] isLocal;
    private readonly Socket bell;
    private readonly Socket ringer;
    private readonly EndPointCache endPoints;
    private readonly MemoryMappedFile file;
    private readonly MemoryMappedViewAccessor view;
    private readonly byte* flags;
    private int sleepers;

    /// <param name="folder">A private folder that the ranks of this node share.</param>
    /// <param name="isLocal">For each rank, whether it is on this node.</param>
    public Doorbell(string folder, int rank, bool[] isLocal)
    {
        (this.folder, this.rank, this.isLocal) = (folder, rank, isLocal);
        endPoints = new EndPointCache(this);
        bell = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { Blocking = false };
        File.Delete(PathOf(rank)); // left by a rank that was killed, when the world was started again
        bell.Bind(new UnixDomainSocketEndPoint(PathOf(rank)));
        ringer = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { Blocking = false };
        file = MemoryMappedFile.CreateFromFile(Path.Combine(folder, "bells"), FileMode.OpenOrCreate, null, (long)isLocal.Length * FlagSpacing);
        view = file.CreateViewAccessor();
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        flags = start + view.PointerOffset;
        flags[rank * FlagSpacing] = 0;
    }

    /// <summary>Readable when somebody has rung.</summary>
    public Socket Bell => bell;

    /// <summary>Wakes a rank of this node if it sleeps.</summary>
    public void Ring(int other)
    {
        Thread.MemoryBarrier();
        if (!isLocal[other] || Volatile.Read(ref flags[other * FlagSpacing]) == 0)
            return;
        try
        {
            ringer.SendTo([1], SocketFlags.None, endPoints[other]);
        }
        catch (SocketException)
        {
            // Its socket is full of rings, or it has just ended: either way nobody needs waking.
        }
    }

    /// <summary>From here on others ring; look once more for messages before waiting.</summary>
    public void FallAsleep()
    {
        Interlocked.Increment(ref sleepers);
        Volatile.Write(ref flags[rank * FlagSpacing], 1);
        Thread.MemoryBarrier();
    }

    /// <summary>Nobody needs to ring any more. Rings that came meanwhile are taken; two threads may do so at once, so neither may wait for one.</summary>
    public void WakeUp()
    {
        if (Interlocked.Decrement(ref sleepers) == 0)
            Volatile.Write(ref flags[rank * FlagSpacing], 0);
        Span<byte> taken = stackalloc byte[16];
        while (bell.Receive(taken, SocketFlags.None, out SocketError error) > 0 && error == SocketError.Success) { }
    }

    public void Dispose()
    {
        bell.Dispose();
        ringer.Dispose();
        view.SafeMemoryMappedViewHandle.ReleasePointer();
        view.Dispose();
        file.Dispose();
        try
        {
            File.Delete(PathOf(rank));
        }
        catch (DirectoryNotFoundException)
        {
            // A rank that ended sooner has removed the folder, and this bell with it.
        }
    }

    private string PathOf(int other) => Path.Combine(folder, $"bell.{other}");

    private sealed class EndPointCache(Doorbell bell)
    {
        private readonly Dictionary<int, UnixDomainSocketEndPoint> known = [];

        public UnixDomainSocketEndPoint this[int rank]
        {
            get
            {
                lock (known)
                {
                    if (!known.TryGetValue(rank, out UnixDomainSocketEndPoint? endPoint))
                        known.Add(rank, endPoint = new UnixDomainSocketEndPoint(bell.PathOf(rank)));
                    return endPoint;
                }
            }
        }
    }
}
