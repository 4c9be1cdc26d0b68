using System.Text.Json;

namespace PathosHpc;

/// <summary>What <c>job.json</c> of a job folder says, for whoever comes back to the job later.</summary>
/// <param name="Scheduler">Name of the scheduler.</param>
/// <param name="JobId">The scheduler's id.</param>
/// <param name="JobName">The name that the scheduler sees.</param>
/// <param name="Name">The name for people.</param>
/// <param name="SubmittedAt">When it was submitted, by the client's clock.</param>
internal sealed record JobFolderRecord(string Scheduler, string JobId, string JobName, string Name, DateTimeOffset SubmittedAt)
{
    private const int Version = 1;

    internal byte[] ToJson()
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteNumber("version", Version);
            json.WriteString("scheduler", Scheduler);
            json.WriteString("jobId", JobId);
            json.WriteString("jobName", JobName);
            json.WriteString("name", Name);
            json.WriteString("submittedAt", SubmittedAt);
            json.WriteEndObject();
        }
        return stream.ToArray();
    }

    /// <summary>Null when it is no record that this version can read.</summary>
    internal static JobFolderRecord? FromJson(byte[] bytes)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes);
            var root = document.RootElement;
            if (root.GetProperty("version").GetInt32() != Version) return null;
            string Text(string name) => root.GetProperty(name).GetString() ?? "";
            return new JobFolderRecord(Text("scheduler"), Text("jobId"), Text("jobName"), Text("name"), root.GetProperty("submittedAt").GetDateTimeOffset());
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }
}
