using PathosHpc.Tests;

namespace PathosHpc.ClusterTests.Package;

/// <summary>The NuGet package, packed from this build under a version of its own, in a feed of its own. Consumers get a packages folder
/// of their own too: what other runs left in the user's can neither be picked up nor be overwritten.</summary>
public sealed class PackedPackage : IAsyncLifetime, IDisposable
{
    private static readonly string Configuration = AppContext.BaseDirectory.Contains("/Release/", StringComparison.Ordinal) ? "Release" : "Debug";
    private readonly TemporaryFolder folder = new("package");

    /// <summary>The version that was packed.</summary>
    public string Version { get; } = $"0.0.0-test.{DateTime.UtcNow:yyyyMMddHHmmssfff}";

    /// <summary>The package file.</summary>
    public string PackageFile => Path.Combine(folder.Path, "feed", $"PathosHpc.{Version}.nupkg");

    /// <summary>What keeps restores of consumers apart from the user's packages folder and built file-based programs.</summary>
    internal IReadOnlyDictionary<string, string?> Isolation => new Dictionary<string, string?>
    {
        ["NUGET_PACKAGES"] = Path.Combine(folder.Path, "packages"),
        ["XDG_DATA_HOME"] = Path.Combine(folder.Path, "data"),
    };

    public async Task InitializeAsync()
    {
        string project = Path.Combine(Repository.Root, "src", "Package");
        await new Command("dotnet", "pack", project, "--configuration", Configuration, "--output", Path.Combine(folder.Path, "feed"), $"-p:PackageVersion={Version}")
            .RunToSuccessAsync();
        folder.Write("consumers/NuGet.config", $"""
            <configuration>
              <packageSources><add key="packed" value="{folder.Path}/feed" /></packageSources>
              <fallbackPackageFolders><add key="user" value="{await UserPackagesAsync()}" /></fallbackPackageFolders>
            </configuration>
            """);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose() => folder.Dispose();

    /// <summary>The folder of the package's consumers.</summary>
    internal string Consumers => Path.Combine(folder.Path, "consumers");

    /// <summary>Writes a file of a consumer and gives its path.</summary>
    internal string Write(string name, string text) => folder.Write(Path.Combine("consumers", name), text);

    /// <summary>The user's own packages folder; NLog comes from there, without the network, if it is there.</summary>
    private static async Task<string> UserPackagesAsync()
    {
        var listed = await new Command("dotnet", "nuget", "locals", "global-packages", "--list", "--force-english-output").RunToSuccessAsync();
        string path = listed.Output.Split("global-packages:", 2)[1].Trim();
        Directory.CreateDirectory(path);
        return path;
    }
}
