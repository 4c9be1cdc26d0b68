using System.Globalization;
using System.Text.RegularExpressions;

namespace PathosHpc;

/// <summary>What Open MPI's mpiexec prints when a rank ends badly, or none starts.</summary>
internal static partial class OpenMpiOutput
{
    public static RankDeath? FindRankDeath(string output)
    {
        // By time: the first of these that is printed is what ended the others.
        Match? first = ((Match[])[Aborted().Match(output), Signalled().Match(output), Exited().Match(output), NotStarted().Match(output)])
            .Where(match => match.Success).MinBy(match => match.Index);
        if (first is null)
            return null;
        int? code = Number(first.Groups["code"]);
        string? node = first.Groups["node"].Success ? first.Groups["node"].Value : null;
        JobFailureReason reason = first.Groups["signal"].Success ? JobFailureReason.Signal
            : first.Groups["missing"].Success ? JobFailureReason.LaunchFailure
            : JobFailureReason.ExitCode;
        return new RankDeath(Number(first.Groups["rank"]), reason, code ?? Number(first.Groups["signal"]), node);
    }

    private static int? Number(Group group) => group.Success ? int.Parse(group.ValueSpan, CultureInfo.InvariantCulture) : null;

    [GeneratedRegex(@"^MPI_ABORT was invoked on rank (?<rank>\d{1,9}) in communicator MPI_COMM_WORLD\s+(?:Proc: .*\s+)?(?:with errorcode|Errorcode:) (?<code>-?\d{1,9})", RegexOptions.Multiline)]
    private static partial Regex Aborted();

    [GeneratedRegex(@"noticed that process rank (?<rank>\d{1,9}) with PID \d+ on node (?<node>\S+) exited on\s+signal (?<signal>\d{1,3})")]
    private static partial Regex Signalled();

    [GeneratedRegex(@"The first process to do so was:\s+Process name: \[.*,(?<rank>\d{1,9})\]\s+Exit code:\s+(?<code>-?\d{1,9})")]
    private static partial Regex Exited();

    [GeneratedRegex(@"(?<missing>unable to (?:launch the specified application|find the specified executable)|There are not enough slots available|has detected an attempt to run as root|found no available cpus)")]
    private static partial Regex NotStarted();
}
