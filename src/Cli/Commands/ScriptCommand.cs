using System.Text.Json;

namespace PathosHpc;

/// <summary>pathos script</summary>
internal static class ScriptCommand
{
    internal static async Task<int> RunAsync(PathosTool tool, ScriptOptions options, CancellationToken cancellationToken)
    {
        var site = JobRequestReader.Site(options);
        var folder = options.WorkFolder is { } given ? JobFinder.OnHost(tool, given, "--work-folder") : site.WorkFolder;
        var dry = await BatchJob.DryRunAsync(JobRequestReader.Scheduler(site, options), JobRequestReader.Spec(tool, site, options, await JobFinder.StartFolderAsync(tool, options, cancellationToken).ConfigureAwait(false)), tool.Host, folder, cancellationToken).ConfigureAwait(false);
        if (!options.Json)
        {
            tool.Output.Write(dry.Script);
            tool.Error.WriteLine($"It would be submitted with: {new HostCommand(dry.SubmitCommand)}");
            return ExitCodes.Ok;
        }
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("script", dry.Script);
            json.WriteString("rankScript", dry.RankScript);
            json.WriteString("folder", dry.Folder);
            json.WriteStartArray("submitCommand");
            foreach (var word in dry.SubmitCommand) json.WriteStringValue(word);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        tool.Output.WriteLine(System.Text.Encoding.UTF8.GetString(stream.ToArray()));
        return ExitCodes.Ok;
    }
}
