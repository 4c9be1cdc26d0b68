using System.Globalization;

namespace PathosHpc.Tests;

/// <summary>Output of real servers: the commands' text and exit codes as they were recorded.</summary>
internal static class Recorded
{
    internal static CommandResult Pbs(string name) => Find("pbs", name);

    internal static CommandResult Torque(string name) => Find("torque", name);

    internal static CommandResult Slurm(string name) => Find("slurm", name);

    internal static string Folder() => Path.Combine(Repository.Root, "tests", "Tests", "Schedulers", "Recorded");

    private static CommandResult Find(string scheduler, string name)
    {
        var text = File.ReadAllText(Path.Combine(Folder(), scheduler + ".txt"));
        var start = text.IndexOf($"=== {name}\n", StringComparison.Ordinal);
        Assert.True(start >= 0, $"No case '{name}' is recorded for {scheduler}.");
        var end = text.IndexOf("\n=== ", start + 1, StringComparison.Ordinal);
        var body = end < 0 ? text[start..] : text[start..end];
        var (output, error) = (body.IndexOf("--- stdout\n", StringComparison.Ordinal) + 11, body.LastIndexOf("--- stderr\n", StringComparison.Ordinal));
        var exit = body.Split('\n').First(line => line.StartsWith("exit=", StringComparison.Ordinal))[5..];
        return new CommandResult(int.Parse(exit, CultureInfo.InvariantCulture), body[output..error], body[(error + 11)..], TimeSpan.FromMilliseconds(20));
    }
}
