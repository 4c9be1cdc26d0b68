using System.Buffers;

namespace PathosHpc;

/// <summary>A matched message that is being received into arrays of its own.</summary>
internal sealed unsafe class PendingReceive
{
    private readonly MemoryHandle[] pins;
    private nint request;
    private bool complete;

    internal PendingReceive(nint message, long length)
    {
        Payload = Allocate(length);
        ReadOnlySpan<ReadOnlyMemory<byte>> segments = Payload.Segments;
        pins = new MemoryHandle[segments.Length];
        for (int i = 0; i < segments.Length; i++)
            pins[i] = segments[i].Pin();
        nint type = segments.Length == 1 ? MpiEnvironment.Abi.Byte : SegmentedType.Create(segments, pins);
        void* buffer = segments.Length == 1 ? pins[0].Pointer : null;
        fixed (nint* handle = &request)
            MpiCheck.That(MpiNative.MPI_Imrecv(buffer, segments.Length == 1 ? (int)length : 1, type, &message, handle), "MPI_Imrecv");
        if (segments.Length > 1)
            MpiCheck.That(MpiNative.MPI_Type_free(&type), "MPI_Type_free");
    }

    /// <summary>The bytes; to be read only after <see cref="Test"/> returned true.</summary>
    public Payload Payload { get; }

    /// <summary>True once all bytes are there.</summary>
    /// <exception cref="MpiException">The transfer failed.</exception>
    public bool Test()
    {
        if (complete)
            return true;
        fixed (nint* handle = &request)
            complete = MpiRequest.Test(handle, "MPI_Imrecv");
        for (int i = 0; complete && i < pins.Length; i++)
            pins[i].Dispose();
        return complete;
    }

    /// <summary>Waits until all bytes are there.</summary>
    public Payload Wait()
    {
        var backoff = new Backoff(Payload.Length);
        while (!Test())
            backoff.Wait();
        return Payload;
    }

    private static Payload Allocate(long length)
    {
        if (length <= Payload.MaxSegment)
            return Payload.OfOwn(RecycledArrays.Rent((int)length), (int)length);
        var segments = new ReadOnlyMemory<byte>[Math.Max(1, (length + Payload.MaxSegment - 1) / Payload.MaxSegment)];
        for (int i = 0; i < segments.Length; i++, length -= Payload.MaxSegment)
            segments[i] = LargeArrays.Allocate<byte>((int)Math.Min(length, Payload.MaxSegment));
        return new Payload(segments);
    }
}
