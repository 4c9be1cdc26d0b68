using System.Text.Json;

namespace PathosHpc;

/// <summary>The files of the site profiles, one registry for schedulers and for ssh: each reads of a file what is its own.</summary>
internal static class SiteFile
{
    /// <summary>The folder that named profiles lie in.</summary>
    internal static string Folder => Path.Combine(Environment.GetEnvironmentVariable("XDG_CONFIG_HOME") is { Length: > 0 } config ? config
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".config"), "pathos-hpc", "sites");

    /// <summary>The names of the profiles that there are.</summary>
    internal static IReadOnlyList<string> Names => !Directory.Exists(Folder) ? []
        : [.. Directory.EnumerateFiles(Folder, "*.json").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    /// <summary>Whether a name may be one of a profile, and so of a file.</summary>
    internal static bool IsName(string name) => name.Length > 0 && name[0] is not ('.' or '-') && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');

    internal static string PathOf(string name) => Path.Combine(Folder, name + ".json");

    /// <summary>Reads the file of a name.</summary>
    /// <exception cref="InvalidSiteProfileException">There is none of that name.</exception>
    internal static (string Json, string Path) Read(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (!IsName(name)) throw new InvalidSiteProfileException($"'{name}'", ["A profile's name is made of letters, digits, '-', '_' and '.', and begins with none of '.' and '-'."]);
        var file = PathOf(name);
        if (!File.Exists(file))
            throw new InvalidSiteProfileException(file, [$"There is no such file. {(Names.Count == 0 ? "No profiles are there." : $"There are: {string.Join(", ", Names)}.")}"]);
        return (File.ReadAllText(file), file);
    }

    /// <summary>Parses a profile's text: JSON, comments and trailing commas allowed.</summary>
    /// <exception cref="InvalidSiteProfileException">It is no JSON.</exception>
    internal static JsonDocument Parse(string json, string origin)
    {
        try
        {
            return JsonDocument.Parse(json, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        }
        catch (JsonException e)
        {
            throw new InvalidSiteProfileException(origin, [$"It is no JSON: {e.Message}"]);
        }
    }
}
