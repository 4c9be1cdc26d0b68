using System.Text.Json;

namespace PathosHpc;

/// <summary>What a site profile says of how its login node is reached.</summary>
internal static class SshSite
{
    /// <summary>Whether the profile of a name has an address; false when there is no such profile.</summary>
    internal static bool HasAddress(string name)
    {
        if (!SiteFile.IsName(name) || !File.Exists(SiteFile.PathOf(name))) return false;
        var (json, path) = SiteFile.Read(name);
        using var document = SiteFile.Parse(json, path);
        return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("address", out _);
    }

    /// <exception cref="InvalidSiteProfileException">There is no such profile, or it has no usable address; all errors are told.</exception>
    internal static SshHost Load(string name)
    {
        var (json, path) = SiteFile.Read(name);
        using var document = SiteFile.Parse(json, path);
        if (document.RootElement.ValueKind != JsonValueKind.Object) throw new InvalidSiteProfileException(path, ["It must be an object: { \"address\": \"me@login\", ... }."]);
        var site = new SiteSettings(document.RootElement);
        var ssh = site.Value("ssh", JsonValueKind.Object, "an object of settings") is { } settings ? new SiteSettings(settings, "ssh.") : null;
        var options = new SshHostOptions();
        options = options with
        {
            Port = ssh?.Number("port"),
            Through = ssh?.Texts("through") ?? [],
            IdentityFile = ssh?.Text("identityFile"),
            ConfigurationFile = ssh?.Text("configurationFile"),
            Options = ssh?.Texts("options") ?? [],
            Multiplexing = ssh?.Bool("multiplexing") ?? options.Multiplexing,
            Dotnet = site.Text("dotnet"),
        };
        ssh?.CheckNames();
        var address = site.Text("address");
        List<string> errors = [.. site.Errors, .. ssh?.Errors ?? []];
        if (address is null && !site.Has("address")) errors.Add("'address' is missing; it is where the site's login node is reached: \"me@login.site\".");
        else errors.AddRange(options.Errors(address ?? ""));
        return errors.Count == 0 ? new SshHost(address!, options) : throw new InvalidSiteProfileException(path, errors);
    }
}
