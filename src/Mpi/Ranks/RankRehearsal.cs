using System.Net.Sockets;

namespace PathosHpc;

/// <summary>Does once, for nothing, what a rank does as it joins its pool and gets its first map. MPI takes a while to initialize, most of it waiting;
/// meanwhile libraries are loaded and code is compiled that would be missed behind it. Only what this rank will do: its cores are those of the other ranks.</summary>
internal static class RankRehearsal
{
    /// <summary>Whether this will be rank 0; before there is a world only the launcher's variables tell.</summary>
    public static bool IsProbablyRoot { get; } =
        (Variable("OMPI_COMM_WORLD_RANK") ?? Variable("PMI_RANK") ?? Variable("PMIX_RANK") ?? Variable("SLURM_PROCID")) == "0";

    /// <summary>Begins, on threads of its own.</summary>
    public static void Begin(Action[] parts)
    {
        foreach (Action part in parts)
            new Thread(() => Try(part)) { IsBackground = true, Name = "pathos rehearsal" }.Start();
    }

    /// <summary>The sockets of every rank, and the connection of the one that joins.</summary>
    public static void Sockets()
    {
        if (IsProbablyRoot)
            SocketRehearsal.Run();
        else
            SocketCalls.Close(new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified));
    }

    /// <summary>A map of one item whose function the client wrote for this: to write one takes longer than to read it.</summary>
    /// <param name="folder">The pool's private folder.</param>
    public static void Map(string folder) => Compute(FunctionShipping.Decode(new Rendezvous(folder).ReadRehearsal()));

    /// <summary>The same with a function that this rank writes itself.</summary>
    public static void OwnMap() => Compute(FunctionShipping.Decode(FunctionShipping.EncodeSample()));

    private static void Compute(object function)
    {
        var header = new MapHeader { Total = 1, TimeZone = TimeZoneInfo.Local.Id };
        MapComputer.Of(0, header, function).Compute(new EncodedBlock(0, 1, sizeof(int), new Payload(new byte[sizeof(int)])), false, new Lane(new RankIdentity(0, 1, 0, 1, "")), new NoOutput());
    }

    private static void Try(Action part)
    {
        try
        {
            part();
        }
        catch (Exception)
        {
            // Whatever is wrong is said where it matters.
        }
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name);

    private sealed class NoOutput : ComputeOutput
    {
        public override void Results(int map, Block results, RankWork work) { }

        public override void Failure(int map, ItemFailure failure) { }

        public override void Returned(int map, long first, int count) { }
    }
}
