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
            records = PbsText.OfAsked(Documents(result.StandardOutput).SelectMany(d => d.Descendants("Job")).Select(TorqueRecord.Read), jobIds);
        }
        catch (XmlException e)
        {
            return new JobQueryAnswer([], [], $"its XML cannot be read: {e.Message}");
        }
        var errors = result.StandardError.Split('\n').Where(line => line.Contains("Unknown Job Id", StringComparison.OrdinalIgnoreCase)).ToList();
        var unknown = jobIds.Where(id => records.All(r => r.Id != id) && errors.Any(line => PbsText.IsAbout(line, id))).ToList();
        return new JobQueryAnswer(records, unknown, records.Count + unknown.Count == 0 ? JobQueryAnswer.Failed(result).Problem : null);
    }

    /// <summary>The documents, whatever a wrapper prints between them; characters that XML does not have become U+FFFD.</summary>
    private static IEnumerable<XElement> Documents(string text) =>
        Document().Matches(text).Select(document => XElement.Parse(Unprintable().Replace(document.Value, "\uFFFD")));

    [GeneratedRegex("<Data>.*?</Data>", RegexOptions.Singleline)]
    private static partial Regex Document();

    [GeneratedRegex("[\x00-\x08\x0b\x0c\x0e-\x1f]|&#(?:x(?:[0-8bcef]|1[0-9a-f])|[0-8]|1[124-9]|2[0-9]|3[01]);", RegexOptions.IgnoreCase)]
    private static partial Regex Unprintable();
}
