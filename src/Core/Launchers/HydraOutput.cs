using System.Globalization;
using System.Text.RegularExpressions;

namespace PathosHpc;

/// <summary>What Hydra prints when a rank ends badly, or none starts. Its box "BAD TERMINATION" names a process that is often a victim of the
/// clean-up, not the one that ended first, so only the list of all exit codes is used: a rank that Hydra killed has 0 or SIGKILL there.</summary>
internal static partial class HydraOutput
{
    private const int Kill = 9;

    public static RankDeath? FindRankDeath(string output)
    {
        if (Aborted().Match(output) is { Success: true } abort)
            return new RankDeath(Number(abort.Groups["rank"]), JobFailureReason.ExitCode, Number(abort.Groups["code"]));
        if (NotStarted().IsMatch(output))
            return new RankDeath(null, JobFailureReason.LaunchFailure);
        // Over several nodes a bad end leaves the box alone.
        if (ExitCodes().Match(output) is not { Success: true } codes)
            return BadTermination().Match(output) is { Success: true } box ? new RankDeath(null, JobFailureReason.Unknown, Node: box.Groups["node"].Value) : null;
        CaptureCollection nodes = codes.Groups["node"].Captures;
        List<(int Index, int Status, string Node)> ended = [];
        for (int i = 0; i < nodes.Count; i++)
            ended.AddRange(codes.Groups["statuses"].Captures[i].Value.Split(',').Select((status, index) => (index, int.Parse(status, CultureInfo.InvariantCulture), nodes[i].Value)));
        return First(ended, nodes.Count);
    }

    /// <summary>Whether a line is the list of exit codes, which is printed at a good end too.</summary>
    public static bool IsExitCodes(string line) => ExitCodes().IsMatch(line);

    private static RankDeath? First(List<(int Index, int Status, string Node)> ended, int nodes)
    {
        var bad = ended.Where(rank => rank.Status != 0).ToList();
        var culprits = bad.Where(rank => rank.Status != Kill).ToList();
        if (culprits.Count == 0)
            culprits = bad;
        if (culprits.Count == 0)
            return null;
        (int index, int status, string node) = culprits[0];
        int signal = status & 0x7F;
        bool sole = culprits.Count == 1;
        // The list is by node, and only on a single node is the place in it the rank.
        return new RankDeath(
            sole && nodes == 1 ? index : null,
            signal != 0 ? JobFailureReason.Signal : JobFailureReason.ExitCode,
            sole || culprits.All(rank => rank.Status == status) ? (signal != 0 ? signal : status >> 8) : null,
            sole ? node : null);
    }

    private static int? Number(Group group) => int.Parse(group.ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^Abort\((?<code>-?\d{1,9})\) on node (?<rank>\d{1,9}) \(rank \d+ in comm \d+\): ", RegexOptions.Multiline)]
    private static partial Regex Aborted();

    [GeneratedRegex(@"^\[mpiexec@[^\]]+\] Exit codes:(?:\s+\[(?<node>[^\]]+)\] (?<statuses>\d{1,9}(?:,\d{1,9})*))+", RegexOptions.Multiline)]
    private static partial Regex ExitCodes();

    [GeneratedRegex(@"BAD TERMINATION OF ONE OF YOUR APPLICATION PROCESSES\s+=\s+PID \d+ RUNNING AT (?<node>\S+)")]
    private static partial Regex BadTermination();

    [GeneratedRegex(@"HYDU_create_process .*: execvp error on file|HYDT_topo_init .*: unable to initialize|unable to launch bstrap proxy")]
    private static partial Regex NotStarted();
}
