using System.Runtime.InteropServices;

namespace PathosHpc;

/// <content>Collective operations on any object, encoded.</content>
public sealed unsafe partial class Communicator
{
    private const int ScatterTag = 1;
    private const int GatherTag = 2;

    /// <summary>Gives every rank a copy of the root's object.</summary>
    /// <param name="value">At the root the object; elsewhere not used.</param>
    /// <param name="root">The rank that has it.</param>
    /// <returns>At the root <paramref name="value"/> itself, elsewhere the copy.</returns>
    public T Broadcast<T>(T value, int root = 0)
    {
        CheckRank(root, nameof(root));
        if (Size == 1)
            return value;
        if (Rank != root)
            return Decode<T>(BroadcastPayload(null, root));
        BroadcastPayload(Encode(value), root);
        return value;
    }

    /// <summary>Deals out the root's objects: one to each rank.</summary>
    /// <param name="values">At the root as many objects as there are ranks; elsewhere not used, and may be null.</param>
    /// <param name="root">The rank that has them.</param>
    /// <returns>This rank's object; at the root it is the one given.</returns>
    public T Scatter<T>(IReadOnlyList<T>? values, int root = 0)
    {
        CheckRank(root, nameof(root));
        if (Rank != root)
            return Decode<T>(Match(Shadow, root, ScatterTag).Receive());
        ArgumentNullException.ThrowIfNull(values);
        CheckTotal(values.Count, Size, nameof(values));
        // All are encoded before the first is sent: one that cannot be ends nothing half way.
        var payloads = new Payload[Size];
        for (int rank = 0; rank < Size; rank++)
            payloads[rank] = rank == root ? Payload.Empty : Encode(values[rank]);
        nint comm = Shadow;
        var sends = new List<(PendingSend Send, long Length)>();
        for (int rank = 0; rank < Size; rank++)
        {
            if (rank != root)
                sends.Add((PendingSend.Begin(comm, payloads[rank], rank, ScatterTag), payloads[rank].Length));
        }
        foreach ((PendingSend send, long length) in sends)
            send.Wait(length);
        return values[root];
    }

    /// <summary>Collects an object of each rank at the root.</summary>
    /// <param name="value">This rank's object.</param>
    /// <param name="root">The rank that gets them.</param>
    /// <returns>At the root the objects in the order of the ranks, elsewhere null.</returns>
    public T[]? Gather<T>(T value, int root = 0)
    {
        CheckRank(root, nameof(root));
        nint comm = Shadow;
        if (Rank != root)
        {
            (PendingSend send, long length) = BeginSendObject(comm, value, root, GatherTag);
            send.Wait(length);
            return null;
        }
        // All are received before the first is decoded: one that cannot be leaves no message behind.
        var payloads = new Payload[Size];
        for (int rank = 0; rank < Size; rank++)
            payloads[rank] = rank == root ? Payload.Empty : Match(comm, rank, GatherTag).Receive();
        var values = new T[Size];
        for (int rank = 0; rank < Size; rank++)
            values[rank] = rank == root ? value : Decode<T>(payloads[rank]);
        return values;
    }

    /// <summary>Collects an object of each rank at every rank, in the order of the ranks.</summary>
    public T[] AllGather<T>(T value) => Broadcast(Gather(value), 0)!;

    /// <summary>Combines the ranks' objects with a function of the user's: the root folds them from rank 0 upwards, f(f(f(v0, v1), v2), ...). The order is
    /// fixed, so the function need be neither associative nor commutative, and the result does not vary from run to run.</summary>
    /// <param name="value">This rank's object.</param>
    /// <param name="combine">Combines two; it is called at the root only.</param>
    /// <param name="root">The rank that gets the result.</param>
    /// <returns>At the root the result, elsewhere the default.</returns>
    public T? Reduce<T>(T value, Func<T, T, T> combine, int root = 0)
    {
        ArgumentNullException.ThrowIfNull(combine);
        return Gather(value, root) is { } values ? values.Aggregate(combine) : default;
    }

    /// <summary>As <see cref="Reduce{T}(T, Func{T, T, T}, int)"/> with rank 0 as root, and every rank gets the result.</summary>
    public T AllReduce<T>(T value, Func<T, T, T> combine) => Broadcast(Reduce(value, combine)!, 0);

    /// <summary>Segment lengths first, then each segment.</summary>
    private Payload BroadcastPayload(Payload? payload, int root)
    {
        Span<long> head = [payload?.Segments.Length ?? 0, payload is { Segments.Length: > 0 } ? payload.Segments[0].Length : 0];
        Broadcast(head, root);
        var lengths = new long[head[0]];
        for (int i = 0; payload is not null && i < lengths.Length; i++)
            lengths[i] = payload.Segments[i].Length;
        if (lengths.Length == 1)
            lengths[0] = head[1];
        else
            Broadcast(lengths.AsSpan(), root);
        var segments = new ReadOnlyMemory<byte>[lengths.Length];
        for (int i = 0; i < lengths.Length; i++)
        {
            segments[i] = payload is null ? GC.AllocateUninitializedArray<byte>((int)lengths[i]) : payload.Segments[i];
            Broadcast(MemoryMarshal.AsMemory(segments[i]).Span, root);
        }
        return new Payload(segments);
    }
}
