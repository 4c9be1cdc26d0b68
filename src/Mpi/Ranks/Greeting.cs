namespace PathosHpc;

/// <summary>Shows that ranks form one world: each sends its number around, all say where they are.</summary>
internal static class Greeting
{
    internal const string Verb = "greet";

    /// <summary>What stands before a sentence on what is wrong.</summary>
    internal const string Objection = "pathos: ";

    /// <summary>The line of one rank.</summary>
    internal static string Line(int rank, int size, string node) => $"rank {rank} of {size} on {node}";

    /// <returns>The process's exit code.</returns>
    internal static int Run()
    {
        try
        {
            Communicator world = Communicator.World;
            int before = (world.Rank + world.Size - 1) % world.Size;
            int heard = world.SendReceive(world.Rank, (world.Rank + 1) % world.Size, before);
            string[]? nodes = world.Gather(Environment.MachineName);
            for (int rank = 0; rank < nodes?.Length; rank++)
                Console.WriteLine(Line(rank, world.Size, nodes[rank]));
            if (world.Rank == 0)
                Console.WriteLine(Communicator.LibraryVersion);
            if (heard == before)
                return 0;
            Console.Error.WriteLine($"{Objection}rank {world.Rank} of {world.Size} heard from rank {heard} what rank {before} was to send: the MPI library {Communicator.LibraryVersion} mixes its messages up.");
        }
        catch (MpiException e)
        {
            Console.Error.WriteLine(Objection + e.Message);
        }
        return 1;
    }
}
