namespace PathosHpc;

/// <summary>Who computes: what <see cref="MapContext"/> tells of the rank.</summary>
internal sealed record RankIdentity(int Rank, int Size, int LocalRank, int LocalSize, string Node)
{
    /// <summary>A worker among others on this machine.</summary>
    public static RankIdentity Local(int rank, int size) => new(rank, size, rank, size, Environment.MachineName);
}
