using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;

namespace PathosHpc;

public sealed partial class TorqueScheduler
{
    /// <summary>Finished jobs are in the queue too, for as long as the server keeps them.</summary>
    protected internal override HostCommand QueryCommand(IReadOnlyList<string> jobIds) => PbsText.Command(CommandTimeout, ["qstat", "-x", .. jobIds]);

    /// <summary>Standard output is one XML document an id, one after the other; unknown ids are lines of stderr. A job of someone else's that
    /// may not be seen is "Unauthorized": it exists, and is not answered for.</summary>
    protected internal override JobQueryAnswer ReadQuery(CommandResult result, IReadOnlyList<string> jobIds)
    {
        ArgumentNullException.ThrowIfNull(result);
        if (PbsText.IsUnreachable(result)) return JobQueryAnswer.Failed(result);
        List<JobRecord> records;
        try
        {
            records = [.. Documents(result.StandardOutput).SelectMany(d => d.Descendants("Job")).Select(TorqueRecord.Read).Where(r => jobIds.Contains(r.Id))];
        }
        catch (XmlException e)
        {
            return new JobQueryAnswer([], [], $"its XML cannot be read: {e.Message}");
        }
        var errors = result.StandardError.Split('\n').Where(line => line.Contains("Unknown Job Id", StringComparison.OrdinalIgnoreCase)).ToList();
        var unknown = jobIds.Where(id => records.All(r => r.Id != id) && errors.Any(line => line.Split(' ').Any(word => word == id || word.StartsWith(id + ".", StringComparison.Ordinal)))).ToList();
        return new JobQueryAnswer(records, unknown, records.Count + unknown.Count == 0 ? JobQueryAnswer.Failed(result).Problem : null);
    }

    private static IEnumerable<XElement> Documents(string text) => Declaration().Split(text).Where(part => part.Contains('<', StringComparison.Ordinal))
        .Select(part => XElement.Parse(Unprintable().Replace(part.Trim(), "\uFFFD")));

    [GeneratedRegex(@"<\?xml[^>]*\?>")]
    private static partial Regex Declaration();

    [GeneratedRegex("[\x00-\x08\x0b\x0c\x0e-\x1f]")]
    private static partial Regex Unprintable();
}
