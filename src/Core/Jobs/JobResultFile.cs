using System.Text.Json;

namespace PathosHpc;

/// <summary><c>result.json</c> of a job folder: how the job ended, so that nobody has to ask the scheduler again about a job of last month.</summary>
internal static class JobResultFile
{
    private const int Version = 1;

    internal static byte[] ToJson(JobResult result)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteNumber("version", Version);
            json.WriteString("jobId", result.JobId);
            json.WriteString("state", result.State.ToString());
            if (result.Reason is { } reason) json.WriteString("reason", reason.ToString());
            if (result.ExitCode is { } code) json.WriteNumber("exitCode", code);
            if (result.Signal is { } signal) json.WriteNumber("signal", signal);
            if (result.CanceledBy is { } who) json.WriteString("canceledBy", who);
            json.WriteNumber("attempt", result.Attempt);
            json.WriteString("message", result.Message);
            json.WriteEndObject();
        }
        return stream.ToArray();
    }

    /// <summary>Null when it is no result that this version can read.</summary>
    internal static JobResult? FromJson(byte[] bytes, IReadOnlyList<string> logPaths)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes);
            var root = document.RootElement;
            if (root.GetProperty("version").GetInt32() != Version) return null;
            return new JobResult
            {
                JobId = Text("jobId") ?? "",
                State = Enum.Parse<JobState>(Text("state") ?? ""),
                Reason = Text("reason") is { } reason ? Enum.Parse<JobFailureReason>(reason) : null,
                ExitCode = Number("exitCode"),
                Signal = Number("signal"),
                CanceledBy = Text("canceledBy"),
                Attempt = Number("attempt") ?? 0,
                Message = Text("message") ?? "",
                LogPaths = logPaths,
            };

            string? Text(string name) => root.TryGetProperty(name, out var value) ? value.GetString() : null;
            int? Number(string name) => root.TryGetProperty(name, out var value) ? value.GetInt32() : null;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentException)
        {
            return null;
        }
    }
}
