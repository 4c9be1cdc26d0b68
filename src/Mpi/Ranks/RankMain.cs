namespace PathosHpc;

/// <summary>The program of a rank: <c>rank FOLDER</c>. Users never start it; an <see cref="MpiPool"/> does.</summary>
internal static class RankMain
{
    private static int Main(string[] args) => Run(args);

    /// <summary>Serves as the arguments tell.</summary>
    internal static int Run(string[] args)
    {
        if (args is ["rank", var folder])
            return MpiRank.Serve(folder);
        Console.Error.WriteLine("PathosHpc.Mpi is a library. Its program serves a pool that started it, and is of no use otherwise.");
        return 64;
    }
}
