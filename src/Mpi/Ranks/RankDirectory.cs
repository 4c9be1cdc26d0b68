namespace PathosHpc;

/// <summary>Where the ranks of a world run, as every rank knows it.</summary>
/// <param name="Rank">This rank.</param>
/// <param name="Ranks">Node and process id of each rank.</param>
internal sealed record RankDirectory(int Rank, IReadOnlyList<(string Node, int ProcessId)> Ranks)
{
    private const int EntrySize = 256, MaxName = 60;

    public int Size => Ranks.Count;

    /// <summary>For each rank, whether it shares this rank's node.</summary>
    public bool[] IsLocal => [.. Ranks.Select(r => r.Node == Ranks[Rank].Node)];

    public bool AllLocal => IsLocal.All(l => l);

    /// <summary>Ranks on this node.</summary>
    public int LocalSize => IsLocal.Count(l => l);

    /// <summary>What <see cref="MapContext"/> tells of this rank.</summary>
    public RankIdentity Identity => new(Rank, Size, IsLocal.Take(Rank).Count(l => l), LocalSize, Ranks[Rank].Node);

    /// <summary>Tells each rank where all are. Collective.</summary>
    public static RankDirectory Gather(Communicator communicator)
    {
        var own = new byte[EntrySize];
        BitConverter.TryWriteBytes(own, Environment.ProcessId);
        string node = Environment.MachineName;
        System.Text.Encoding.UTF8.GetBytes(node.Length > MaxName ? node[..MaxName] : node, own.AsSpan(sizeof(int)));
        var all = new byte[EntrySize * communicator.Size];
        communicator.AllGather<byte>(own, all);
        var ranks = new List<(string, int)>(communicator.Size);
        for (int rank = 0; rank < communicator.Size; rank++)
        {
            ReadOnlySpan<byte> entry = all.AsSpan(rank * EntrySize, EntrySize);
            ranks.Add((System.Text.Encoding.UTF8.GetString(entry[sizeof(int)..].TrimEnd((byte)0)), BitConverter.ToInt32(entry)));
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
