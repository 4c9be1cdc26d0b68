namespace PathosHpc;

/// <summary>Where the ranks of a world run, as every rank knows it.</summary>
/// <param name="Rank">This rank.</param>
/// <param name="Ranks">Node and process id of each rank.</param>
internal sealed record RankDirectory(int Rank, IReadOnlyList<RankPlace> Ranks)
{
    private const int EntrySize = 256, MaxName = 60;
    private readonly bool[] isLocal = Local(Rank, Ranks);

    public int Size => Ranks.Count;

    public bool AllLocal => LocalSize == Size;

    /// <summary>Ranks on this node.</summary>
    public int LocalSize => LocalBelow(Size);

    /// <summary>What <see cref="MapContext"/> tells of this rank.</summary>
    public RankIdentity Identity => new(Rank, Size, LocalBelow(Rank), LocalSize, Ranks[Rank].Node);

    /// <summary>Whether a rank shares this rank's node.</summary>
    public bool IsLocal(int rank) => isLocal[rank];

    /// <summary>The first rank of this node.</summary>
    public int Leader => Array.IndexOf(isLocal, true);

    private static bool[] Local(int own, IReadOnlyList<RankPlace> ranks)
    {
        var isLocal = new bool[ranks.Count];
        for (int rank = 0; rank < isLocal.Length; rank++)
            isLocal[rank] = ranks[rank].Node == ranks[own].Node;
        return isLocal;
    }

    private int LocalBelow(int end)
    {
        int count = 0;
        for (int rank = 0; rank < end; rank++)
            count += IsLocal(rank) ? 1 : 0;
        return count;
    }

    /// <summary>Tells each rank where all are. Collective.</summary>
    public static RankDirectory Gather(Communicator communicator)
    {
        var own = new byte[EntrySize];
        BitConverter.TryWriteBytes(own, Environment.ProcessId);
        string node = Environment.MachineName;
        System.Text.Encoding.UTF8.GetBytes(node.Length > MaxName ? node[..MaxName] : node, own.AsSpan(sizeof(int)));
        var all = new byte[EntrySize * communicator.Size];
        communicator.AllGather<byte>(own, all);
        var ranks = new List<RankPlace>(communicator.Size);
        for (int rank = 0; rank < communicator.Size; rank++)
        {
            int start = (rank * EntrySize) + sizeof(int), end = start;
            while (all[end] != 0)
                end++;
            ranks.Add(new RankPlace(System.Text.Encoding.UTF8.GetString(all, start, end - start), BitConverter.ToInt32(all, rank * EntrySize)));
        }
        return new RankDirectory(communicator.Rank, ranks);
    }

    /// <summary>Sends one rank's bytes to all. Collective.</summary>
    public static byte[] Share(Communicator communicator, byte[]? own, int owner)
    {
        int[] length = [own?.Length ?? 0];
        communicator.Broadcast<int>(length, owner);
        byte[] bytes = own ?? new byte[length[0]];
        communicator.Broadcast<byte>(bytes, owner);
        return bytes;
    }
}
