using System.Buffers;

namespace PathosHpc;

/// <summary>A datatype that lists the addresses of several runs of bytes, so that a payload beyond 2 GiB is one message. Its buffer is MPI_BOTTOM, null.</summary>
internal static unsafe class SegmentedType
{
    /// <summary>A committed datatype; the caller frees it once the operation has begun.</summary>
    /// <param name="segments">Runs of at most <see cref="Payload.MaxSegment"/> bytes.</param>
    /// <param name="pins">Where they are pinned, in the same order.</param>
    public static nint Create(ReadOnlySpan<ReadOnlyMemory<byte>> segments, ReadOnlySpan<MemoryHandle> pins)
    {
        var lengths = new int[segments.Length];
        var addresses = new nint[segments.Length];
        for (int i = 0; i < segments.Length; i++)
            (lengths[i], addresses[i]) = (segments[i].Length, (nint)pins[i].Pointer);
        nint type = 0;
        fixed (int* length = lengths)
        fixed (nint* address = addresses)
            MpiCheck.That(MpiNative.MPI_Type_create_hindexed(segments.Length, length, address, MpiEnvironment.Abi.Byte, &type), "MPI_Type_create_hindexed");
        MpiCheck.That(MpiNative.MPI_Type_commit(&type), "MPI_Type_commit");
        return type;
    }
}
