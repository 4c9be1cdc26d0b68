using System.Globalization;
using System.Text.Json;
using Spectre.Console;

namespace PathosHpc;

/// <summary>Shows jobs, as a table or as JSON.</summary>
internal static class JobTable
{
    internal static void Write(PathosTool tool, bool json, IReadOnlyList<(SubmittedJob Submitted, BatchJob Job)> jobs)
    {
        if (json)
        {
            WriteJson(tool, jobs);
            return;
        }
        var table = new Table().Border(TableBorder.Simple).AddColumns("id", "scheduler's", "state", "submitted", "what");
        foreach (var (submitted, job) in jobs)
        {
            var what = job.Result is { } result ? result.Reason is { } reason ? $"{reason}{(result.ExitCode is { } code ? $", exit code {code}" : "")}" : "" : job.StateText;
            table.AddRow(Cells(job.Name, job.Id, job.State.ToString(), submitted.SubmittedAt.LocalDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture), what));
        }
        tool.Screen.Write(table);
    }

    private static Markup[] Cells(params string[] cells) => [.. cells.Select(cell => new Markup(Markup.Escape(cell)))];

    private static void WriteJson(PathosTool tool, IReadOnlyList<(SubmittedJob Submitted, BatchJob Job)> jobs)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartArray();
            foreach (var (submitted, job) in jobs) WriteJob(json, submitted, job);
            json.WriteEndArray();
        }
        tool.Output.WriteLine(System.Text.Encoding.UTF8.GetString(stream.ToArray()));
    }

    private static void WriteJob(Utf8JsonWriter json, SubmittedJob submitted, BatchJob job)
    {
        json.WriteStartObject();
        json.WriteString("id", job.Name);
        json.WriteString("schedulerId", job.Id);
        json.WriteString("scheduler", job.Scheduler.Name);
        json.WriteString("name", submitted.Name);
        json.WriteString("state", job.State.ToString());
        json.WriteString("stateText", job.StateText);
        json.WriteString("submittedAt", submitted.SubmittedAt);
        json.WriteString("folder", job.Folder);
        json.WriteNumber("attempt", job.Attempt?.Number ?? 0);
        if (job.Result is { } result)
        {
            if (result.Reason is { } reason) json.WriteString("reason", reason.ToString());
            if (result.ExitCode is { } code) json.WriteNumber("exitCode", code);
            if (result.Signal is { } signal) json.WriteNumber("signal", signal);
            json.WriteString("message", result.Message);
        }
        json.WriteEndObject();
    }
}
