namespace PathosHpc;

/// <summary>The private folder of a world on this node: doorbells, and the marks of what ranks compute.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="IsTemporary">Whether the ranks made it themselves, and need it no more once each has mapped what it needs of it.</param>
internal sealed record RankFolder(string Path, bool IsTemporary = false)
{
    /// <summary>In which file the ranks of this node mark what they compute, if they made it themselves.</summary>
    public string Marks { get; private init; } = "";

    /// <summary>A new one for the ranks of each node, made by the first of them. Collective.</summary>
    /// <param name="communicator">Of all ranks.</param>
    /// <param name="directory">Where they are.</param>
    /// <param name="marks">Makes the file for marks, and tells where it is; null for none.</param>
    public static RankFolder Share(Communicator communicator, RankDirectory directory, Func<string>? marks = null)
    {
        using Communicator node = communicator.Split(directory.Leader, directory.Rank)!;
        byte[]? own = node.Rank == 0 ? System.Text.Encoding.UTF8.GetBytes($"{Directory.CreateTempSubdirectory("pathos-").FullName}\0{marks?.Invoke()}") : null;
        string[] paths = System.Text.Encoding.UTF8.GetString(RankDirectory.Share(node, own, 0)).Split('\0');
        return new RankFolder(paths[0], IsTemporary: true) { Marks = paths[1] };
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

    /// <summary>The world ends in good order: nobody will ask what its ranks were computing.</summary>
    public void RemoveMarks() => NodeMarks.Remove(Marks);

    /// <summary>Removes it, whoever else does; unless it is that of a client which lives, and may start other ranks in it.</summary>
    public void Delete() => new Rendezvous(Path).DeleteIfAbandoned();
}
