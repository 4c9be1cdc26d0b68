namespace PathosHpc;

/// <content>Collective operations on spans of unmanaged types. They begin MPI's non-blocking ones and wait with <see cref="Backoff"/>.</content>
public sealed unsafe partial class Communicator
{
    /// <summary>Waits until all ranks have called it.</summary>
    public void Barrier()
    {
        nint request = 0;
        MpiCheck.That(MpiNative.MPI_Ibarrier(Handle, &request), "MPI_Ibarrier");
        MpiRequest.Wait(&request, "MPI_Ibarrier", 0);
    }

    /// <summary>Copies the root's values into the span of every other rank.</summary>
    /// <param name="values">At the root the values; elsewhere room for them. Of the same length on all ranks.</param>
    /// <param name="root">The rank that has them.</param>
    public void Broadcast<T>(Span<T> values, int root = 0) where T : unmanaged
    {
        CheckRank(root, nameof(root));
        int count = Shape(values.Length, sizeof(T), out nint type);
        nint request = 0;
        fixed (T* buffer = values)
        {
            MpiCheck.That(MpiNative.MPI_Ibcast(buffer, count, type, root, Handle, &request), "MPI_Ibcast");
            MpiRequest.Wait(&request, "MPI_Ibcast", (long)values.Length * sizeof(T));
        }
    }

    /// <summary>Deals out equal parts of the root's values: the first part to rank 0, the next to rank 1, and so on.</summary>
    /// <param name="all">At the root, <see cref="Size"/> times as many values as <paramref name="part"/> has room for; elsewhere not used.</param>
    /// <param name="part">Room for this rank's part; of the same length on all ranks.</param>
    /// <param name="root">The rank that has them.</param>
    public void Scatter<T>(ReadOnlySpan<T> all, Span<T> part, int root = 0) where T : unmanaged
    {
        CheckRank(root, nameof(root));
        if (Rank == root)
            CheckTotal(all.Length, (long)part.Length * Size, nameof(all));
        int count = Shape(part.Length, sizeof(T), out nint type);
        nint request = 0;
        fixed (T* send = all, receive = part)
        {
            MpiCheck.That(MpiNative.MPI_Iscatter(send, count, type, receive, count, type, root, Handle, &request), "MPI_Iscatter");
            MpiRequest.Wait(&request, "MPI_Iscatter", (long)part.Length * sizeof(T) * Size);
        }
    }

    /// <summary>Deals out parts of the root's values that differ in length.</summary>
    /// <param name="all">At the root the values, rank after rank without gaps; elsewhere not used.</param>
    /// <param name="counts">At the root the number of values for each rank; elsewhere not used.</param>
    /// <param name="part">Room for exactly this rank's part.</param>
    /// <param name="root">The rank that has them.</param>
    public void Scatter<T>(ReadOnlySpan<T> all, ReadOnlySpan<int> counts, Span<T> part, int root = 0) where T : unmanaged
    {
        CheckRank(root, nameof(root));
        (int[] units, int[] offsets, nint type) = Rank == root ? Layout<T>(counts, all.Length, part.Length) : ([], [], MpiEnvironment.Abi.Byte);
        int count = Shape(part.Length, sizeof(T), out nint partType);
        nint request = 0;
        fixed (T* send = all, receive = part)
        fixed (int* unit = units, offset = offsets)
        {
            MpiCheck.That(MpiNative.MPI_Iscatterv(send, unit, offset, type, receive, count, partType, root, Handle, &request), "MPI_Iscatterv");
            MpiRequest.Wait(&request, "MPI_Iscatterv", (long)Math.Max(all.Length, part.Length) * sizeof(T));
        }
    }

    /// <summary>Collects equal parts at the root, in the order of the ranks.</summary>
    /// <param name="part">This rank's part; of the same length on all ranks.</param>
    /// <param name="all">At the root, room for all parts; elsewhere not used.</param>
    /// <param name="root">The rank that gets them.</param>
    public void Gather<T>(ReadOnlySpan<T> part, Span<T> all, int root = 0) where T : unmanaged
    {
        CheckRank(root, nameof(root));
        if (Rank == root)
            CheckTotal(all.Length, (long)part.Length * Size, nameof(all));
        int count = Shape(part.Length, sizeof(T), out nint type);
        nint request = 0;
        fixed (T* send = part, receive = all)
        {
            MpiCheck.That(MpiNative.MPI_Igather(send, count, type, receive, count, type, root, Handle, &request), "MPI_Igather");
            MpiRequest.Wait(&request, "MPI_Igather", (long)part.Length * sizeof(T) * Size);
        }
    }

    /// <summary>Collects parts that differ in length at the root, in the order of the ranks, without gaps.</summary>
    /// <param name="part">This rank's part.</param>
    /// <param name="counts">At the root the number of values of each rank; elsewhere not used.</param>
    /// <param name="all">At the root, room for all parts; elsewhere not used.</param>
    /// <param name="root">The rank that gets them.</param>
    public void Gather<T>(ReadOnlySpan<T> part, ReadOnlySpan<int> counts, Span<T> all, int root = 0) where T : unmanaged
    {
        CheckRank(root, nameof(root));
        (int[] units, int[] offsets, nint type) = Rank == root ? Layout<T>(counts, all.Length, part.Length) : ([], [], MpiEnvironment.Abi.Byte);
        int count = Shape(part.Length, sizeof(T), out nint partType);
        nint request = 0;
        fixed (T* send = part, receive = all)
        fixed (int* unit = units, offset = offsets)
        {
            MpiCheck.That(MpiNative.MPI_Igatherv(send, count, partType, receive, unit, offset, type, root, Handle, &request), "MPI_Igatherv");
            MpiRequest.Wait(&request, "MPI_Igatherv", (long)Math.Max(all.Length, part.Length) * sizeof(T));
        }
    }

    /// <summary>Collects equal parts at every rank, in the order of the ranks.</summary>
    /// <param name="part">This rank's part; of the same length on all ranks.</param>
    /// <param name="all">Room for all parts.</param>
    public void AllGather<T>(ReadOnlySpan<T> part, Span<T> all) where T : unmanaged
    {
        CheckTotal(all.Length, (long)part.Length * Size, nameof(all));
        int count = Shape(part.Length, sizeof(T), out nint type);
        nint request = 0;
        fixed (T* send = part, receive = all)
        {
            MpiCheck.That(MpiNative.MPI_Iallgather(send, count, type, receive, count, type, Handle, &request), "MPI_Iallgather");
            MpiRequest.Wait(&request, "MPI_Iallgather", (long)all.Length * sizeof(T));
        }
    }

    /// <summary>Collects parts that differ in length at every rank, in the order of the ranks, without gaps.</summary>
    /// <param name="part">This rank's part.</param>
    /// <param name="counts">The number of values of each rank.</param>
    /// <param name="all">Room for all parts.</param>
    public void AllGather<T>(ReadOnlySpan<T> part, ReadOnlySpan<int> counts, Span<T> all) where T : unmanaged
    {
        (int[] units, int[] offsets, nint type) = Layout<T>(counts, all.Length, part.Length);
        int count = Shape(part.Length, sizeof(T), out nint partType);
        nint request = 0;
        fixed (T* send = part, receive = all)
        fixed (int* unit = units, offset = offsets)
        {
            MpiCheck.That(MpiNative.MPI_Iallgatherv(send, count, partType, receive, unit, offset, type, Handle, &request), "MPI_Iallgatherv");
            MpiRequest.Wait(&request, "MPI_Iallgatherv", (long)all.Length * sizeof(T));
        }
    }

    /// <summary>Counts and offsets of the ranks' parts, in bytes while all fit an <see cref="int"/>, else in elements.</summary>
    private (int[] Counts, int[] Offsets, nint Type) Layout<T>(ReadOnlySpan<int> counts, int total, int own) where T : unmanaged
    {
        if (counts.Length != Size)
            throw new ArgumentException($"{counts.Length} counts are given for {Size} ranks: give one for each.", nameof(counts));
        if (counts[Rank] != own)
            throw new ArgumentException($"The count of rank {Rank} is {counts[Rank]}, but its part has {own} elements: give the same number.", nameof(counts));
        long sum = 0;
        foreach (int count in counts)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(count, nameof(counts));
            sum += count;
        }
        CheckTotal(total, sum, nameof(counts));
        bool inBytes = sum * sizeof(T) <= int.MaxValue;
        int unit = inBytes ? sizeof(T) : 1;
        var (units, offsets) = (new int[Size], new int[Size]);
        for (int i = 0, at = 0; i < Size; at += units[i++])
            (units[i], offsets[i]) = (counts[i] * unit, at);
        return (units, offsets, inBytes ? MpiEnvironment.Abi.Byte : MpiEnvironment.Initialize().ElementType(sizeof(T)));
    }

    private static void CheckTotal(long given, long needed, string parameter)
    {
        if (given != needed)
            throw new ArgumentException($"The parts of all ranks have {needed} elements together, but {given} are given: give as many.", parameter);
    }
}
