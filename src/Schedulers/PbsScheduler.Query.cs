using System.Text.Json;
using System.Text.RegularExpressions;

namespace PathosHpc;

public sealed partial class PbsScheduler
{
    private const string NoHistory = "not configured to maintain job history";

    /// <summary>The live jobs. <c>-x</c> would add finished ones, but where history is off (the default) it is refused for live ones too.</summary>
    protected internal override HostCommand QueryCommand(IReadOnlyList<string> jobIds) => PbsText.Command(CommandTimeout, ["qstat", "-f", "-F", "json", .. jobIds]);

    /// <inheritdoc/>
    protected internal override JobQueryAnswer ReadQuery(CommandResult result, IReadOnlyList<string> jobIds) => Read(result, jobIds);

    /// <inheritdoc/>
    protected internal override HostCommand HistoryCommand(IReadOnlyList<string> jobIds) => PbsText.Command(CommandTimeout, ["qstat", "-x", "-f", "-F", "json", .. jobIds]);

    /// <inheritdoc/>
    protected internal override JobQueryAnswer ReadHistory(CommandResult result, IReadOnlyList<string> jobIds) => Read(result, jobIds);

    /// <summary>The exit code is the last error of all ids, and stdout is a valid document even when the server is away:
    /// so each id is answered for by a record, or by a line of stderr that names it, or not at all.</summary>
    private static JobQueryAnswer Read(CommandResult result, IReadOnlyList<string> jobIds)
    {
        ArgumentNullException.ThrowIfNull(result);
        if (PbsText.IsUnreachable(result)) return JobQueryAnswer.Failed(result);
        List<JobRecord> records;
        try
        {
            records = jobIds.Count == 0 ? [.. Records(result.StandardOutput)] : PbsText.OfAsked(Records(result.StandardOutput), jobIds);
        }
        catch (JsonException e)
        {
            return new JobQueryAnswer([], [], $"its JSON cannot be read: {e.Message}");
        }
        var errors = result.StandardError.Split('\n');
        var unknown = jobIds.Where(id => records.All(r => r.Id != id) && errors.Any(line => IsGone(line) && PbsText.IsAbout(line, id))).ToList();
        var problem = records.Count + unknown.Count == 0 ? JobQueryAnswer.Failed(result).Problem : null;
        return new JobQueryAnswer(records, unknown, problem) { HasNoHistory = result.StandardError.Contains(NoHistory, StringComparison.Ordinal) };
    }

    private static bool IsGone(string line) => line.Contains("Unknown Job Id", StringComparison.OrdinalIgnoreCase)
        || line.Contains("Job has finished", StringComparison.OrdinalIgnoreCase) || line.Contains(NoHistory, StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<JobRecord> Records(string json)
    {
        // Sites' wrappers print around it. qstat copies bytes of people's environment as they are, escapes and characters that JSON does not have among them.
        var (start, end) = (json.IndexOf('{', StringComparison.Ordinal), json.LastIndexOf('}'));
        if (start < 0 || end < start) yield break;
        using var document = JsonDocument.Parse(BadEscape().Replace(Control().Replace(json[start..(end + 1)], " "), "$0$0"));
        if (!document.RootElement.TryGetProperty("Jobs", out var jobs)) yield break;
        foreach (var job in jobs.EnumerateObject()) yield return PbsRecord.Read(job.Name, job.Value);
    }

    [GeneratedRegex("[\x00-\x1f]")]
    private static partial Regex Control();

    [GeneratedRegex("""(?<=(?<!\\)(?:\\\\)*)\\(?!["\\/bfnrt]|u[0-9a-fA-F]{4})""")]
    private static partial Regex BadEscape();
}
