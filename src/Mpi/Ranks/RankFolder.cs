namespace PathosHpc;

/// <summary>The private folder of a world on this node: doorbells, and the marks of what ranks compute.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="IsTemporary">Whether the ranks made it themselves, and need it no more once each has mapped what it needs of it.</param>
internal sealed record RankFolder(string Path, bool IsTemporary = false)
{
    /// <summary>A new one for the ranks of each node, made by the first of them. Collective.</summary>
    public static RankFolder Share(Communicator communicator, RankDirectory directory)
    {
        int leader = directory.IsLocal.AsSpan().IndexOf(true);
        using Communicator node = communicator.Split(leader, directory.Rank)!;
        byte[]? own = node.Rank == 0 ? System.Text.Encoding.UTF8.GetBytes(Directory.CreateTempSubdirectory("pathos-").FullName) : null;
        return new RankFolder(System.Text.Encoding.UTF8.GetString(RankDirectory.Share(node, own, 0)), IsTemporary: true);
    }

    /// <summary>Where this rank marks the item that it computes.</summary>
    public static RunningMark? Mark(Welcome welcome, int rank)
    {
        if (welcome.RunningPath.Length == 0)
            return null;
        try
        {
            return new RunningMark(welcome.RunningPath, rank);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Removes it, whoever else does; unless it is that of a client which lives, and may start other ranks in it.</summary>
    public void Delete() => new Rendezvous(Path).DeleteIfAbandoned();
}
