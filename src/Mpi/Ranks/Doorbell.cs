using System.IO.MemoryMappedFiles;
using System.Net.Sockets;

namespace PathosHpc;

/// <summary>Wakes sleeping ranks of this node: MPI itself can only be polled, and idle ranks must not burn cores.</summary>
/// <remarks>A rank that goes to sleep raises its flag in memory that the ranks of the node share, looks once more for messages, and waits on a
/// datagram socket. Whoever sends it a message looks at the flag and rings. Ranks of other nodes cannot be rung; they look once a millisecond. A rank that computes
/// is rung for only by what cannot wait until it looks by itself, and by who has nothing to do until then: who stands in for it meanwhile takes its core.</remarks>
internal sealed unsafe class Doorbell : IDisposable
{
    private const int FlagSpacing = 64;
    private const byte Awake = 0, Idle = 1, Computing = 2, Dozing = 4;
    private readonly int rank;
    private readonly RankDirectory directory;
    private readonly Socket bell;
    private readonly Socket ringer;
    private readonly EndPointCache endPoints;
    private readonly byte* flags;
    private readonly Lock waking = new();
    private int sleepers, idlers, dozers;

    /// <param name="folder">A private folder that the ranks of this node share.</param>
    /// <param name="directory">Where the ranks are.</param>
    public Doorbell(string folder, RankDirectory directory)
    {
        (rank, this.directory) = (directory.Rank, directory);
        endPoints = new EndPointCache(other => Name(folder, directory.Ranks[other].ProcessId));
        bell = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { Blocking = false };
        bell.Bind(endPoints[rank]);
        ringer = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { Blocking = false };
        var file = MemoryMappedFile.CreateFromFile(Path.Combine(folder, "bells"), FileMode.OpenOrCreate, null, (long)directory.Size * FlagSpacing);
        MemoryMappedViewAccessor view = file.CreateViewAccessor();
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        flags = start + view.PointerOffset;
        flags[rank * FlagSpacing] = 0;
    }

    /// <summary>Readable when somebody has rung.</summary>
    public Socket Bell => bell;

    /// <summary>Wakes a rank of this node if it sleeps, also where only one of its threads does while another computes.</summary>
    public void Ring(int other) => Ring(other, Idle | Computing);

    /// <summary>Wakes a rank of this node if it sleeps and has nothing to compute.</summary>
    public void RingIdle(int other) => Ring(other, Idle);

    /// <summary>Wakes a thread of a rank of this node that sleeps while another computes.</summary>
    public void RingComputing(int other) => Ring(other, Computing);

    /// <summary>The same, also where that thread does not stand in for a long item, but sleeps until it is time for a look: for who has nothing to do until then.</summary>
    public void RingDozing(int other) => Ring(other, Computing | Dozing);

    private void Ring(int other, byte states)
    {
        Thread.MemoryBarrier();
        if (!directory.IsLocal(other) || (Volatile.Read(ref flags[other * FlagSpacing]) & states) == 0)
            return;
        try
        {
            ringer.SendTo([1], SocketFlags.None, endPoints[other]);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Its socket is full of rings, or it has just ended: either way nobody needs waking.
        }
    }

    /// <summary>From here on others ring; look once more for messages before waiting.</summary>
    /// <param name="besideItem">Whether another thread of this rank computes meanwhile.</param>
    public void FallAsleep(bool besideItem)
    {
        lock (waking)
        {
            sleepers++;
            idlers += besideItem ? 0 : 1;
            ShowState();
        }
        Thread.MemoryBarrier();
    }

    /// <summary>This thread needs no ring any more. The last of this rank's threads takes the rings that came: one that is taken while another thread
    /// sleeps would be lost to it.</summary>
    /// <param name="besideItem">What <see cref="FallAsleep"/> was told.</param>
    public void WakeUp(bool besideItem)
    {
        lock (waking)
        {
            sleepers--;
            idlers -= besideItem ? 0 : 1;
            ShowState();
            TakeRings();
        }
    }

    /// <summary>Sleeps while this rank computes, until it is time to look at the links, or somebody has nothing to do until then.</summary>
    /// <returns>Whether somebody rang.</returns>
    public bool Doze(int milliseconds)
    {
        lock (waking)
        {
            dozers++;
            ShowState();
        }
        bool rung = bell.Poll(TimeSpan.FromMilliseconds(milliseconds), SelectMode.SelectRead);
        lock (waking)
        {
            dozers--;
            ShowState();
            TakeRings();
        }
        return rung;
    }

    private void TakeRings()
    {
        if (sleepers + dozers > 0)
            return;
        Span<byte> taken = stackalloc byte[16];
        while (SocketCalls.Receive(bell, taken) > 0)
            continue;
    }

    private void ShowState() => Volatile.Write(ref flags[rank * FlagSpacing], idlers > 0 ? Idle : sleepers > 0 ? Computing : dozers > 0 ? Dozing : Awake);

    /// <summary>Closes the sockets. The memory stays mapped: a thread of the caller's may still ring.</summary>
    public void Dispose()
    {
        bell.Dispose();
        ringer.Dispose();
    }

    /// <summary>On Linux a name without a file, so that even a killed rank leaves nothing; the process id keeps worlds in one folder apart.</summary>
    private static string Name(string folder, int process) =>
        OperatingSystem.IsLinux() ? $"\0{Path.GetFileName(folder)}.bell.{process}" : Path.Combine(folder, $"bell.{process}");

    private sealed class EndPointCache(Func<int, string> name)
    {
        private readonly Dictionary<int, UnixDomainSocketEndPoint> known = [];

        public UnixDomainSocketEndPoint this[int rank]
        {
            get
            {
                lock (known)
                {
                    if (!known.TryGetValue(rank, out UnixDomainSocketEndPoint? endPoint))
                        known.Add(rank, endPoint = new UnixDomainSocketEndPoint(name(rank)));
                    return endPoint;
                }
            }
        }
    }
}
