using System.Globalization;
using System.Text.RegularExpressions;

namespace PathosHpc;

/// <summary>What a rank itself prints when its end ends the others: it arrives more often than what the launcher prints of an abort, which Hydra loses once in twenty.</summary>
internal static partial class LastWords
{
    public static string OfExit(int rank, int size, int code) => $"Rank {rank} of {size} ended with exit code {code}, which ends all ranks.";

    public static string OfLeaving(int rank, int size) => $"Rank {rank} of {size} ended its process inside an item, which ends all ranks.";

    public static string OfException(int rank, int size, object exception) => $"Unhandled exception on rank {rank} of {size}, which ends all ranks: {exception}";

    /// <summary>The rank that spoke first, or null.</summary>
    public static RankDeath? FindRankDeath(string output) => Spoken().Match(output) is { Success: true } spoken
        ? new RankDeath(Number(spoken.Groups["rank"]), JobFailureReason.ExitCode, spoken.Groups["code"].Success ? Number(spoken.Groups["code"]) : null)
        : null;

    private static int Number(Group group) => int.Parse(group.ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^(?:Rank (?<rank>\d{1,9}) of \d{1,9} ended (?:with exit code (?<code>-?\d{1,9})|its process inside an item)|Unhandled exception on rank (?<rank>\d{1,9}) of \d{1,9}), which ends all ranks", RegexOptions.Multiline)]
    private static partial Regex Spoken();
}
