namespace PathosHpc;

/// <summary>The program of a MPI rank. Users never start it; an <c>MpiPool</c> does.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        Console.Error.WriteLine($"PathosHpc.Mpi is a library; a pool starts it as a rank ({args.Length} arguments given).");
        return 64;
    }
}
