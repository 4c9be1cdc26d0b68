namespace PathosHpc;

/// <summary>The private folder of a world on this node: doorbells, and the marks of what ranks compute.</summary>
/// <param name="Path">Where it is.</param>
internal sealed record RankFolder(string Path)
{
    /// <summary>Where this rank marks the item that it computes.</summary>
    public static RunningMark? Mark(Welcome welcome, int rank) =>
        welcome.RunningPath.Length > 0 && File.Exists(welcome.RunningPath) ? new RunningMark(welcome.RunningPath, rank) : null;

    /// <summary>Removes it, whoever else does; unless it is that of a client which lives, and may start other ranks in it.</summary>
    public void Delete() => new Rendezvous(Path).DeleteIfAbandoned();
}
