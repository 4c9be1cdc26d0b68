using System.Text.Json;
using Spectre.Console;

namespace PathosHpc;

/// <summary>pathos hosts: the site profiles that have an address.</summary>
internal static class HostsCommand
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    internal static async Task<int> RunAsync(PathosTool tool, HostsOptions options, CancellationToken cancellationToken)
    {
        string[] names = [.. options.Names];
        switch (options.Action)
        {
            case "list":
                return List(tool);
            case "add" when names.Length == 2:
                Add(names[0], names[1]);
                return ExitCodes.Ok;
            case "remove" when names.Length == 1:
                _ = SiteFile.Read(names[0]);
                File.Delete(SiteFile.PathOf(names[0]));
                return ExitCodes.Ok;
            case "check":
                return await CheckAsync(tool, names, cancellationToken).ConfigureAwait(false);
            default:
                throw new UsageException("Write 'pathos hosts', 'pathos hosts add NAME ADDRESS', 'pathos hosts check [NAME...]' or 'pathos hosts remove NAME'.");
        }
    }

    private static int List(PathosTool tool)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("name", "address", "through");
        foreach (var name in SiteFile.Names.Where(SshSite.HasAddress))
        {
            try
            {
                var host = SshHost.FromSite(name);
                table.AddRow(Markup.Escape(name), Markup.Escape(host.Name), Markup.Escape(string.Join(", ", host.Options.Through)));
            }
            catch (InvalidSiteProfileException e)
            {
                table.AddRow(Markup.Escape(name), Markup.Escape(string.Join(" ", e.Errors)), "");
            }
        }
        tool.Screen.Write(table);
        return ExitCodes.Ok;
    }

    private static void Add(string name, string address)
    {
        if (!SiteFile.IsName(name)) throw new UsageException($"'{name}' cannot be a name: letters, digits, '-', '_' and '.' make it.");
        if (File.Exists(SiteFile.PathOf(name))) throw new UsageException($"There is a site {name} already, in {SiteFile.PathOf(name)}. Edit that file, or remove it first.");
        string[] errors = [.. new SshHostOptions().Errors(address)];
        if (errors.Length > 0) throw new UsageException(string.Join(" ", errors));
        Directory.CreateDirectory(SiteFile.Folder);
        File.WriteAllText(SiteFile.PathOf(name), JsonSerializer.Serialize(new Dictionary<string, string> { ["address"] = address }, Indented) + "\n");
    }

    private static async Task<int> CheckAsync(PathosTool tool, string[] names, CancellationToken cancellationToken)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("", "name", "found");
        var good = true;
        foreach (var name in names.Length > 0 ? names : [.. SiteFile.Names.Where(SshSite.HasAddress)])
        {
            try
            {
                await using var host = SshHost.FromSite(name);
                var result = await host.RunAsync(new HostCommand("sh", "-c", "uname -sm; getconf _NPROCESSORS_ONLN; command -v dotnet sbatch qsub || true"), cancellationToken).ConfigureAwait(false);
                table.AddRow("ok", Markup.Escape(name), Markup.Escape(string.Join(", ", result.Lines.Where(line => line.Length > 0))));
            }
            catch (Exception e) when (e is InvalidSiteProfileException or HostFailedException)
            {
                good = false;
                table.AddRow("FAILED", Markup.Escape(name), Markup.Escape(e.Message));
            }
        }
        tool.Screen.Write(table);
        return good ? ExitCodes.Ok : ExitCodes.Refused;
    }
}
