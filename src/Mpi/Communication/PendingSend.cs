using System.Buffers;
using System.Runtime.InteropServices;

namespace PathosHpc;

/// <summary>A message under way. Short ones are copied, so that sending one allocates nothing and pins nothing; long ones are sent from where they
/// lie, which stays pinned until the message is complete. Objects are reused: after <see cref="Test"/> returned true it must not be called again.</summary>
internal sealed unsafe class PendingSend
{
    /// <summary>Longest message that is copied: about where a copy costs as much as pinning.</summary>
    public const int CopyLimit = 8192;

    private static readonly Lock gate = new();
    private static PendingSend? free;

    private PendingSend? next;
    // Native, so that a message whose owner forgot it still has its bytes.
    private byte* copy;
    private MemoryHandle[] pins = [];
    private int pinned;
    private nint request;

    private PendingSend() { }

    private Span<byte> Copy
    {
        get
        {
            if (copy == null)
                copy = (byte*)NativeMemory.Alloc(CopyLimit);
            return new Span<byte>(copy, CopyLimit);
        }
    }

    /// <summary>True once the message is complete; the object then belongs to the library again.</summary>
    /// <exception cref="MpiException">The message failed.</exception>
    public bool Test()
    {
        bool complete;
        fixed (nint* handle = &request)
            complete = MpiRequest.Test(handle, "MPI_Isend");
        if (complete)
            Release();
        return complete;
    }

    /// <summary>Waits, with <see cref="Backoff"/>, until the message is complete.</summary>
    public void Wait(long bytes)
    {
        var backoff = new Backoff(bytes);
        while (!Test())
            backoff.Wait();
    }

    /// <summary>Begins to send a copy of at most <see cref="CopyLimit"/> bytes.</summary>
    public static PendingSend BeginCopy(nint comm, ReadOnlySpan<byte> bytes, int destination, int tag)
    {
        PendingSend send = Take();
        bytes.CopyTo(send.Copy);
        send.Start(comm, send.copy, bytes.Length, MpiEnvironment.Abi.Byte, destination, tag);
        return send;
    }

    /// <summary>Begins to send a payload of any length, as one message.</summary>
    public static PendingSend Begin(nint comm, Payload payload, int destination, int tag)
    {
        ReadOnlySpan<ReadOnlyMemory<byte>> segments = payload.Segments;
        PendingSend send = Take();
        if (payload.Length <= CopyLimit)
        {
            Span<byte> room = send.Copy;
            foreach (ReadOnlyMemory<byte> segment in segments)
            {
                segment.Span.CopyTo(room);
                room = room[segment.Length..];
            }
            send.Start(comm, send.copy, (int)payload.Length, MpiEnvironment.Abi.Byte, destination, tag);
            return send;
        }
        foreach (ReadOnlyMemory<byte> segment in segments)
            send.Pin(segment);
        if (segments.Length == 1)
        {
            send.Start(comm, send.pins[0].Pointer, (int)payload.Length, MpiEnvironment.Abi.Byte, destination, tag);
            return send;
        }
        nint type = SegmentedType.Create(segments, send.pins);
        send.Start(comm, null, 1, type, destination, tag);
        MpiCheck.That(MpiNative.MPI_Type_free(&type), "MPI_Type_free");
        return send;
    }

    private void Start(nint comm, void* bytes, int count, nint type, int destination, int tag)
    {
        request = 0;
        int code;
        fixed (nint* handle = &request)
            code = MpiNative.MPI_Isend(bytes, count, type, destination, tag, comm, handle);
        if (code != 0)
            Release();
        MpiCheck.That(code, "MPI_Isend");
    }

    private void Pin(ReadOnlyMemory<byte> segment)
    {
        if (pinned == pins.Length)
            Array.Resize(ref pins, Math.Max(1, 2 * pins.Length));
        pins[pinned++] = segment.Pin();
    }

    private static PendingSend Take()
    {
        lock (gate)
        {
            if (free is not { } send)
                return new PendingSend();
            (free, send.next) = (send.next, null);
            return send;
        }
    }

    private void Release()
    {
        for (; pinned > 0; pinned--)
        {
            pins[pinned - 1].Dispose();
            pins[pinned - 1] = default;
        }
        lock (gate)
            (next, free) = (free, this);
    }
}
