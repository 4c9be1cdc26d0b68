using System.Diagnostics;
using System.Globalization;

namespace PathosHpc.Tests;

/// <summary>Kills a program that maps with a journal, at random moments, and starts it again until its map is done.</summary>
internal static class JournalKills
{
    private const int Items = 6000;

    /// <summary>Kills it so many times, in as many maps as that takes.</summary>
    /// <param name="rig">The program.</param>
    /// <param name="kind">The kind of pool.</param>
    /// <param name="kills">How often.</param>
    public static async Task RunAsync(string rig, string kind, int kills)
    {
        var random = new Random(kind.Length + kills);
        while (kills > 0)
        {
            using var folder = new TemporaryFolder("kills");
            string journal = Path.Combine(folder.Path, "journal");
            for (bool isDone = false; !isDone;)
            {
                // The first kills come early, before there is anything; none comes once enough were made.
                (isDone, bool wasKilled, Dictionary<long, long> seen) = await StartAsync(rig, kind, journal, kills > 0 ? random.Next(0, 60) : null);
                kills -= wasKilled ? 1 : 0;
                CheckJournal(journal, seen, isDone);
            }
        }
    }

    private static async Task<(bool IsDone, bool WasKilled, Dictionary<long, long> Seen)> StartAsync(string rig, string kind, string journal, int? killAfter)
    {
        using Process process = Process.Start(new ProcessStartInfo("dotnet", [rig, "journal", kind, journal, Items.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, Environment = { ["DOTNET_EnableDiagnostics"] = "0" },
        })!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        var seen = new Dictionary<long, long>();
        bool isDone = false;
        Task? killing = null;
        try
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            while (await process.StandardOutput.ReadLineAsync(limit.Token) is { } line)
            {
                if (killAfter is { } milliseconds)
                    killing ??= Task.Delay(milliseconds, CancellationToken.None).ContinueWith(_ => process.Kill(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
                isDone = line == "done";
                // A line that was cut off by the kill has lost its end.
                if (line.Split(' ') is [var index, var value, "."])
                    Assert.True(seen.TryAdd(long.Parse(index, CultureInfo.InvariantCulture), long.Parse(value, CultureInfo.InvariantCulture)), $"Item {index} came twice.");
            }
            await process.WaitForExitAsync(limit.Token);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
        if (killing is not null)
            await killing;
        string told = await error;
        bool wasKilled = process.ExitCode > 128;
        Assert.True(wasKilled || process.ExitCode == 0, $"It ended with code {process.ExitCode}: {told}");
        Assert.All(seen, pair => Assert.Equal(pair.Key * pair.Key, pair.Value));
        return (isDone, wasKilled, seen);
    }

    /// <summary>What was seen is there, and everything is there once.</summary>
    private static void CheckJournal(string journal, Dictionary<long, long> seen, bool isDone)
    {
        using JournalIndex index = JournalIndex.Read(journal, repair: false);
        long missing = seen.Keys.FirstOrDefault(item => index.Find(item) is null, -1);
        Assert.True(missing == -1, $"The result of item {missing} was seen, and is not in the journal.");
        Assert.Equal(index.Count, index.Recorded);
        if (isDone)
            Assert.Equal((Items, Items), (index.Count, seen.Count));
    }
}
