namespace PathosHpc;

/// <summary>The program of a worker process. Users never start it; a <c>ProcessPool</c> does.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        Console.Error.WriteLine($"PathosHpc.Core is a library; a pool starts it as a worker process ({args.Length} arguments given).");
        return 64;
    }
}
