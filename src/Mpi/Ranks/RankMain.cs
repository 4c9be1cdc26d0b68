using System.Globalization;

namespace PathosHpc;

/// <summary>The program of a rank: <c>rank FOLDER</c>, or in a job <c>job-rank FOLDER NUMBER RANKS</c>; and of what starts the ranks there:
/// <c>supervise</c>, or with the whole map <c>job-map FOLDER</c>; and of a world that is only to show that it forms: <c>greet</c>. Users never start it;
/// an <see cref="MpiPool"/> or the tool does.</summary>
internal static class RankMain
{
    private static int Main(string[] args) => Run(args);

    /// <summary>Serves as the arguments tell.</summary>
    internal static int Run(string[] args)
    {
        if (args is ["rank", var folder])
            return MpiRank.Serve(folder);
        if (args is ["job-rank", var world, var start, var size] && int.TryParse(start, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            && int.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out int ranks))
            return JobRank.Serve(world, number, ranks);
        if (args is ["job-map", var map] && Environment.GetEnvironmentVariable("PATHOS_JOB_FOLDER") is { } own)
            return JobMap.Run(own, Path.Combine(own, map));
        if (args is ["supervise"] && Environment.GetEnvironmentVariable("PATHOS_JOB_FOLDER") is { } job)
            return Supervisor.Run(job);
        if (args is [Greeting.Verb])
            return Greeting.Run();
        Console.Error.WriteLine("PathosHpc.Mpi is a library. Its program serves a pool that started it, and is of no use otherwise.");
        return 64;
    }
}
