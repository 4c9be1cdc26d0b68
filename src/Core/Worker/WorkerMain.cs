using System.Globalization;

namespace PathosHpc;

/// <summary>The program of a worker process: <c>worker FOLDER NUMBER</c>. Users never start it; a <see cref="ProcessPool"/> does.</summary>
internal static class WorkerMain
{
    private static int Main(string[] args) => Run(args);

    /// <summary>Serves as the arguments tell.</summary>
    internal static int Run(string[] args)
    {
        if (args is ["worker", var folder, var number] && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int rank))
            return ProcessRank.Serve(folder, rank);
        Console.Error.WriteLine("PathosHpc.Core is a library. Its program serves a pool that started it, and is of no use otherwise.");
        return 64;
    }
}
