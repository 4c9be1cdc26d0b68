namespace PathosHpc;

/// <summary>The hosts that a command line names.</summary>
internal static class HostFinder
{
    /// <summary>A site's host when there is a site of that name that has an address, else the address itself.</summary>
    internal static SshHost Find(string name, HostOptions options)
    {
        string[] through = [.. options.Through];
        if (!SshSite.HasAddress(name)) return new SshHost(name, new SshHostOptions { Through = through, ConfigurationFile = options.Configuration });
        var site = SshHost.FromSite(name);
        return through.Length == 0 && options.Configuration is null ? site
            : new SshHost(site.Name, site.Options with { Through = through.Length == 0 ? site.Options.Through : through, ConfigurationFile = options.Configuration ?? site.Options.ConfigurationFile });
    }

    /// <summary>Splits HOST:PATH; the host is null when it is a path of this machine.</summary>
    internal static (string? Host, string Path) Split(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 1 || text.AsSpan(0, colon).Contains('/') || (OperatingSystem.IsWindows() && colon == 1)) return (null, text);
        return (text[..colon], colon + 1 == text.Length ? "." : text[(colon + 1)..]);
    }
}
