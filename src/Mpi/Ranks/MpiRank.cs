using System.Net.Sockets;

namespace PathosHpc;

/// <summary>The program of the ranks that a client outside the world started.</summary>
internal static class MpiRank
{
    /// <summary>Exit code of a rank that could not join its pool.</summary>
    public const int CannotJoin = 70;

    /// <summary>Joins the pool whose private folder is given, and serves it to the end.</summary>
    /// <returns>The process's exit code.</returns>
    public static int Serve(string folderPath) => Run(environment => Serve(environment, folderPath), RankRehearsal.Sockets, () => RankRehearsal.Map(folderPath));

    /// <summary>Runs what a rank does, from the start of MPI to the end of the process.</summary>
    /// <param name="serve">What it does once there is a world.</param>
    /// <param name="rehearsal">What it does while there is none yet, each on a thread of its own.</param>
    /// <returns>The process's exit code.</returns>
    public static int Run(Action<MpiEnvironment> serve, params Action[] rehearsal)
    {
        MpiEnvironment environment;
        try
        {
            environment = MpiEnvironment.Initialize(() => RankRehearsal.Begin(rehearsal));
        }
        catch (MpiException e)
        {
            Console.Error.WriteLine(e.Message);
            return CannotJoin;
        }
        MpiProcessEnd.WhileServing = MpiEnd.Left;
        try
        {
            serve(environment);
        }
        catch (Exception e)
        {
            MpiProcessEnd.Say($"Rank {environment.World.Rank} failed: {e}");
            MpiEnd.Abort();
        }
        environment.Finalize(TimeSpan.FromSeconds(2));
        ThisProcess.End(0);
        return 0;
    }

    private static void Serve(MpiEnvironment environment, string folderPath)
    {
        var port = new MpiPort(environment.World.Duplicate());
        RankDirectory directory = RankDirectory.Gather(port.Communicator);
        SocketCarrier? uplink = null;
        byte[]? shared = null;
        if (directory.Rank == 0)
        {
            (uplink, Welcome mine) = Join(folderPath, directory, environment.Flavor);
            var writer = new PayloadWriter();
            mine.Write(writer);
            shared = writer.Detach().ToArray();
        }
        Welcome welcome = Welcome.Read(new PayloadReader(new Payload(RankDirectory.Share(port.Communicator, shared, 0))));
        var folder = new RankFolder(folderPath);
        if (uplink is not null)
            ServingRoot.Serve(uplink, port, directory, folder, welcome);
        else
            MpiLeaf.Serve(port, directory, folder, welcome);
    }

    private static (SocketCarrier Uplink, Welcome Welcome) Join(string folder, RankDirectory directory, string flavor)
    {
        try
        {
            SocketCarrier carrier = new Rendezvous(folder).Dial();
            carrier.Send(Hello.Of(0, directory.Ranks, flavor).ToFrame());
            return (carrier, Rendezvous.AwaitWelcome(carrier));
        }
        catch (Exception e) when (e is LinkException or SocketException or IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"The root could not join its pool in {folder}: {e.Message}");
            new Rendezvous(folder).DeleteIfAbandoned();
            MpiEnd.Abort();
            throw;
        }
    }
}
