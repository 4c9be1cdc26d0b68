namespace PathosHpc;

/// <summary>What is peculiar to one cluster: its scheduler and launcher, what every job there needs, where things lie.
/// Read from <c>~/.config/pathos-hpc/sites/NAME.json</c>.</summary>
public sealed record SiteProfile
{
    /// <summary>The file's name without its ending.</summary>
    public required string Name { get; init; }

    /// <summary>The scheduler with all that the site needs set.</summary>
    public required Scheduler Scheduler { get; init; }

    /// <summary>What starts the ranks of a job there.</summary>
    public required Launcher Launcher { get; init; }

    /// <summary>Path of libmpi on the nodes; null lets the ranks look for it.</summary>
    public string? MpiLibrary { get; init; }

    /// <summary>Variables of every job there.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Folder for job folders, shared by all nodes; null is the default.</summary>
    public string? WorkFolder { get; init; }

    /// <summary>Path of dotnet on the nodes; null is <c>dotnet</c> on PATH.</summary>
    public string? Dotnet { get; init; }

    /// <summary>The folder that named profiles lie in.</summary>
    public static string Folder => SiteFile.Folder;

    /// <summary>The names of the profiles that there are.</summary>
    public static IReadOnlyList<string> Names => SiteFile.Names;

    /// <summary>Reads the profile of a name.</summary>
    /// <exception cref="InvalidSiteProfileException">There is none of that name, or it has errors; all are told.</exception>
    public static SiteProfile Load(string name)
    {
        var (json, path) = SiteFile.Read(name);
        return Parse(json, name, path);
    }

    /// <summary>Reads a profile's text: JSON, comments and trailing commas allowed.</summary>
    /// <param name="json">The text.</param>
    /// <param name="name">The profile's name.</param>
    /// <param name="origin">Where it comes from, for messages; null is the name.</param>
    /// <exception cref="InvalidSiteProfileException">It has errors; all are told.</exception>
    public static SiteProfile Parse(string json, string name, string? origin = null)
    {
        using (var document = SiteFile.Parse(json, origin ?? name))
        {
            var reader = new SiteProfileReader(document.RootElement);
            var profile = reader.Read(name);
            return reader.Errors.Count == 0 ? profile! : throw new InvalidSiteProfileException(origin ?? name, reader.Errors);
        }
    }
}
