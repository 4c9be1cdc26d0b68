using System.Globalization;
using System.Reflection;

namespace PathosHpc;

/// <summary>What of an application has to be on a host, and how workers are started of it there.</summary>
/// <param name="Folder">Its folder here.</param>
/// <param name="Executable">The file that starts itself; null when dotnet starts it.</param>
/// <param name="IsSingleFile">Whether <paramref name="Executable"/> is all of it.</param>
/// <param name="RuntimeConfig">Name of its runtimeconfig.json, when dotnet starts it.</param>
/// <param name="Deps">Name of its deps.json, when dotnet starts it.</param>
internal sealed record ApplicationImage(string Folder, string? Executable, bool IsSingleFile, string? RuntimeConfig, string? Deps)
{
    /// <summary>The command that runs a library's program over there.</summary>
    /// <param name="library">The library.</param>
    /// <param name="folder">The application's folder there.</param>
    /// <param name="dotnet">Path of dotnet there; not needed when the application starts itself.</param>
    /// <param name="arguments">The program's arguments.</param>
    public (IReadOnlyList<string> Command, IReadOnlyDictionary<string, string> Variables) Command(Assembly library, string folder, string dotnet, params string[] arguments)
    {
        var variables = new Dictionary<string, string> { ["DOTNET_EnableDiagnostics"] = "0", [CacheFolder.Variable] = CacheFolder.RootOf(folder), [CacheFolder.ProgramVariable] = CacheFolder.NamesOf(folder, dotnet) };
        string name = library.GetName().Name!;
        if (Executable is null)
            return ([dotnet, "exec", "--runtimeconfig", $"{folder}/{RuntimeConfig}", "--depsfile", $"{folder}/{Deps}", $"{folder}/{Relative(library)}", .. arguments], variables);
        variables["DOTNET_STARTUP_HOOKS"] = name;
        variables[WorkerProgram.HookVariable] = string.Join('\n', arguments);
        return ([$"{folder}/{Executable}"], variables);
    }

    /// <summary>The shared frameworks that it needs from dotnet, each by name; none when it brings its own.</summary>
    public IReadOnlyList<string> Frameworks()
    {
        if (RuntimeConfig is null)
            return [];
        using var file = System.Text.Json.JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, RuntimeConfig)),
            new System.Text.Json.JsonDocumentOptions { CommentHandling = System.Text.Json.JsonCommentHandling.Skip, AllowTrailingCommas = true });
        System.Text.Json.JsonElement options = file.RootElement.GetProperty("runtimeOptions");
        var names = new HashSet<string> { "Microsoft.NETCore.App" };
        if (options.TryGetProperty("framework", out System.Text.Json.JsonElement one))
            names.Add(one.GetProperty("name").GetString()!);
        if (options.TryGetProperty("frameworks", out System.Text.Json.JsonElement several))
            names.UnionWith(several.EnumerateArray().Select(f => f.GetProperty("name").GetString()!));
        return [.. names.Order(StringComparer.Ordinal)];
    }

    /// <summary>The major version of .NET that it runs on.</summary>
    public static string Major => Environment.Version.Major.ToString(CultureInfo.InvariantCulture);

    private string Relative(Assembly library) => Path.GetRelativePath(Folder,
#pragma warning disable IL3000 // only asked of applications that are no single file
        library.Location
#pragma warning restore IL3000
        ).Replace('\\', '/');
}
