using System.Text.Json;

namespace PathosHpc;

/// <summary>What is peculiar to one cluster: its scheduler and launcher, what every job there needs, where things lie.
/// Read from <c>~/.config/pathos-hpc/sites/NAME.json</c>.</summary>
public sealed record SiteProfile
{
    /// <summary>The file's name without its ending.</summary>
    public required string Name { get; init; }

    /// <summary>The scheduler with all that the site needs set.</summary>
    public required Scheduler Scheduler { get; init; }

    /// <summary><c>srun</c>, <c>hydra</c>, <c>openmpi</c>, or a template with <c>{ranks}</c>, <c>{perNode}</c> and <c>{cores}</c> such as <c>aprun -n {ranks} -N {perNode}</c>.</summary>
    public required string Launcher { get; init; }

    /// <summary>The MPI of the ranks, <c>mpich</c> (with its relatives) or <c>openmpi</c>: it decides how srun starts them.</summary>
    public string Mpi { get; init; } = "mpich";

    /// <summary>Path of mpiexec on the nodes; null looks for it on PATH by the launcher's name.</summary>
    public string? Mpiexec { get; init; }

    /// <summary>Path of libmpi on the nodes; null lets the ranks look for it.</summary>
    public string? MpiLibrary { get; init; }

    /// <summary>Variables of every job there.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Folder for job folders, shared by all nodes; null is the default.</summary>
    public string? WorkFolder { get; init; }

    /// <summary>Path of dotnet on the nodes; null is <c>dotnet</c> on PATH.</summary>
    public string? Dotnet { get; init; }

    /// <summary>Whether ssh works between the nodes of a job. Without it the scheduler's own remote start is used.</summary>
    public bool SshBetweenNodes { get; init; }

    /// <summary>The folder that named profiles lie in.</summary>
    public static string Folder => Path.Combine(System.Environment.GetEnvironmentVariable("XDG_CONFIG_HOME") is { Length: > 0 } config ? config
        : Path.Combine(System.Environment.GetFolderPath(System.Environment.SpecialFolder.UserProfile), ".config"), "pathos-hpc", "sites");

    /// <summary>The names of the profiles that there are.</summary>
    public static IReadOnlyList<string> Names => !Directory.Exists(Folder) ? []
        : [.. Directory.EnumerateFiles(Folder, "*.json").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    /// <summary>Reads the profile of a name.</summary>
    /// <exception cref="InvalidSiteProfileException">There is none of that name, or it has errors; all are told.</exception>
    public static SiteProfile Load(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (name.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.')) || name[0] == '.')
            throw new InvalidSiteProfileException($"'{name}'", ["A profile's name is made of letters, digits, '-', '_' and '.'."]);
        var file = Path.Combine(Folder, name + ".json");
        if (!File.Exists(file))
            throw new InvalidSiteProfileException(file, [$"There is no such file. {(Names.Count == 0 ? "No profiles are there." : $"There are: {string.Join(", ", Names)}.")}"]);
        return Parse(File.ReadAllText(file), name, file);
    }

    /// <summary>Reads a profile's text: JSON, comments and trailing commas allowed.</summary>
    /// <param name="json">The text.</param>
    /// <param name="name">The profile's name.</param>
    /// <param name="origin">Where it comes from, for messages; null is the name.</param>
    /// <exception cref="InvalidSiteProfileException">It has errors; all are told.</exception>
    public static SiteProfile Parse(string json, string name, string? origin = null)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(json, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        }
        catch (JsonException e)
        {
            throw new InvalidSiteProfileException(origin ?? name, [$"It is no JSON: {e.Message}"]);
        }
        using (document)
        {
            var reader = new SiteProfileReader(document.RootElement);
            var profile = reader.Read(name);
            return reader.Errors.Count == 0 ? profile! : throw new InvalidSiteProfileException(origin ?? name, reader.Errors);
        }
    }

    /// <summary>The line of a job's script that starts a program on every rank; for <see cref="JobSpec.CommandLine"/>.</summary>
    public string LaunchLine(ResourceRequest resources, IReadOnlyList<string> program) => JobLaunchLine.Render(this, resources, program);
}
