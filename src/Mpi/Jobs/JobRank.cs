namespace PathosHpc;

/// <summary>The program of the ranks that a job's supervisor started. They need no client to come up.</summary>
internal static class JobRank
{
    /// <summary>Joins the world of a job, and serves it to the end.</summary>
    /// <param name="folderPath">Where client and world meet.</param>
    /// <param name="number">Which start of the world this is.</param>
    /// <param name="ranks">How many ranks it is to have: fewer than the client asked for once nodes are lost.</param>
    /// <returns>The process's exit code.</returns>
    public static int Serve(string folderPath, int number, int ranks)
    {
        var folder = new WorldFolder(LocalHost.Instance, folderPath);
        Action[] rehearsal = [RankRehearsal.Sockets, RankRehearsal.OwnMap];
        return MpiRank.Run(environment => Serve(environment, folder, number, ranks), RankRehearsal.IsProbablyRoot ? [.. rehearsal, () => ClientConnection.Rehearse(folder)] : rehearsal);
    }

    private static void Serve(MpiEnvironment environment, WorldFolder folder, int number, int ranks)
    {
        if (environment.World.Size != ranks)
            Refuse(folder, number, environment, ranks);
        var port = new MpiPort(environment.World.Duplicate());
        // One rank reads what all need, from a file system that all share.
        byte[]? own = environment.World.Rank == 0 ? File.ReadAllBytes($"{folder.Path}/{WorldFolder.Request}") : null;
        WorldRequest request = WorldRequest.Read(RankDirectory.Share(port.Communicator, own, 0));
        RankDirectory directory = RankDirectory.Gather(port.Communicator);
        bool canBeAsked = request.Allocation is not null || directory.AllLocal;
        RankFolder nodeFolder = RankFolder.Share(port.Communicator, directory, () => NodeMarks.Create(folder, number, directory, canBeAsked));
        var welcome = new Welcome(directory.Size, request.HeartbeatMilliseconds, request.RootComputes, nodeFolder.Marks);
        if (directory.Rank != 0)
        {
            MpiLeaf.Serve(port, directory, nodeFolder, welcome);
            return;
        }
        using var client = new ClientConnection(folder, request, number);
        client.Session.Send(Hello.Of(0, directory.Ranks, environment.Flavor).ToFrame());
        client.Start();
        IdleLimit? idle = request.IdleMilliseconds > 0 ? new IdleLimit(TimeSpan.FromMilliseconds(request.IdleMilliseconds)) : null;
        ServingRoot.Serve(client.Session, port, directory, nodeFolder, welcome, idle, farewell => Note(folder, number, farewell));
    }

    /// <summary>The launcher belongs to another MPI: each rank is a world of its own, and all would end with exit code 0.</summary>
    private static void Refuse(WorldFolder folder, int number, MpiEnvironment environment, int ranks)
    {
        Note(folder, number, new Farewell(FarewellReason.Broken, $"The launcher was to start one world of {ranks} ranks, but it is a world of {environment.World.Size} " +
            $"({environment.Flavor}). The launcher belongs to another MPI than the library: name the launcher of that library in Mpiexec or Launcher, or the library of that launcher in MpiLibrary."));
        MpiEnd.Exit(MpiRank.CannotJoin);
    }

    private static void Note(WorldFolder folder, int number, Farewell farewell)
    {
        try
        {
            folder.WriteAsync(WorldFolder.Farewell(number), farewell.ToFrame().Body.ToArray(), default).GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            MpiProcessEnd.Say($"The world ends: {farewell.Text}");
        }
    }
}
