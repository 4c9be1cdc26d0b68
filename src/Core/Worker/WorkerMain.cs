using System.Globalization;

namespace PathosHpc;

/// <summary>The program of a worker process: <c>worker FOLDER NUMBER</c>; of a host of workers: <c>host FIRST COUNT SIZE</c>;
/// or of a server: <c>serve NAME WORKERS</c>, empty or 0 for the defaults.
/// Users never start it; pools do.</summary>
internal static class WorkerMain
{
    private static int Main(string[] args) => Run(args);

    /// <summary>Serves as the arguments tell.</summary>
    internal static int Run(string[] args)
    {
        if (args is ["worker", var folder, var number] && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int rank))
            return ProcessRank.Serve(folder, rank);
        if (args is ["host", .. var numbers] && numbers.Length == 3 && numbers.All(n => int.TryParse(n, NumberStyles.None, CultureInfo.InvariantCulture, out _)))
        {
            int[] of = [.. numbers.Select(n => int.Parse(n, CultureInfo.InvariantCulture))];
            CacheFolder.UseProgram();
            return WorkerHost.Serve(of[0], of[1], of[2]);
        }
        if (args is ["serve", var server, var count] && int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out int workers))
            return ServerMain.Run(server, workers);
        Console.Error.WriteLine("PathosHpc.Core is a library. Its program serves a pool that started it, and is of no use otherwise.");
        return 64;
    }
}
