using System.Globalization;
using System.Text;
using System.Text.Json;
using Spectre.Console;

namespace PathosHpc;

/// <summary>pathos serve</summary>
internal static class ServeCommand
{
    internal static async Task<int> RunAsync(PathosTool tool, ServeOptions options, CancellationToken cancellationToken)
    {
        if (options.Name is { } name && !ServerFile.IsUsable(name)) throw new UsageException($"'{name}' cannot be a server: give a name, or the path of a token file.");
        if (options.Workers is < 1) throw new UsageException($"--workers is {options.Workers}; a server has at least 1.");
        var server = options.Name ?? ServerMain.DefaultName;
        switch (options.Action)
        {
            case "start":
                var workers = options.Workers ?? ServerMain.DefaultWorkers;
                await WorkerServer.RunAsync(server, workers, path => tool.Output.WriteLine(
                    $"Server {server} gives {workers} workers to pools of {Environment.UserName} (token: {path}). Ctrl-C or 'pathos serve stop {server}' ends it."), cancellationToken).ConfigureAwait(false);
                return ExitCodes.Ok;
            case "status":
                return await StatusAsync(tool, options.Name is null ? ServerFile.Names : [options.Name], options.Json, cancellationToken).ConfigureAwait(false);
            case "stop":
                await using (var connection = await ServerConnection.OpenAsync(server, cancellationToken).ConfigureAwait(false))
                    await connection.StopAsync(cancellationToken).ConfigureAwait(false);
                return ExitCodes.Ok;
            default:
                throw new UsageException("Write 'pathos serve [--workers N]', 'pathos serve status [NAME]' or 'pathos serve stop [NAME]'.");
        }
    }

    private static async Task<int> StatusAsync(PathosTool tool, IReadOnlyList<string> servers, bool asJson, CancellationToken cancellationToken)
    {
        var answers = new List<(string Server, ServerStatus? Status, string Text)>();
        foreach (var server in servers) answers.Add(await AskAsync(server, cancellationToken).ConfigureAwait(false));
        if (asJson) tool.Output.WriteLine(Json(answers));
        else
        {
            var table = new Table().Border(TableBorder.Simple).AddColumns("server", "workers", "free", "clients");
            foreach (var (server, status, text) in answers)
                table.AddRow(Markup.Escape(server), status is null ? "" : Number(status.Workers), status is null ? "" : Number(status.Free), Markup.Escape(text));
            tool.Screen.Write(table);
        }
        return answers.All(a => a.Status is not null) ? ExitCodes.Ok : ExitCodes.Refused;
    }

    private static async Task<(string Server, ServerStatus? Status, string Text)> AskAsync(string server, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await ServerConnection.OpenAsync(server, cancellationToken).ConfigureAwait(false);
            var status = await connection.StatusAsync(cancellationToken).ConfigureAwait(false);
            return (server, status, string.Join(", ", status.Clients.Select(c => $"{c.Name} has {c.Workers} for {c.For}")));
        }
        catch (IOException e)
        {
            return (server, null, e.Message);
        }
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Json(IEnumerable<(string Server, ServerStatus? Status, string Text)> answers)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartArray();
            foreach (var (server, status, text) in answers)
            {
                json.WriteStartObject();
                json.WriteString("server", server);
                if (status is null) json.WriteString("error", text);
                else
                {
                    json.WriteNumber("workers", status.Workers);
                    json.WriteNumber("free", status.Free);
                    json.WriteNumber("processId", status.ProcessId);
                    json.WriteStartArray("clients");
                    foreach (var (name, count, time) in status.Clients)
                    {
                        json.WriteStartObject();
                        json.WriteString("name", name);
                        json.WriteNumber("workers", count);
                        json.WriteNumber("seconds", time.TotalSeconds);
                        json.WriteEndObject();
                    }
                    json.WriteEndArray();
                }
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        return Encoding.UTF8.GetString(bytes.ToArray());
    }
}
