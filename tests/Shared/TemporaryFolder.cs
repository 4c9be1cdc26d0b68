namespace PathosHpc.Tests;

/// <summary>A folder below the system's temporary one, outside of the source tree, that is gone after the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public TemporaryFolder(string purpose) => Path = Directory.CreateTempSubdirectory($"pathoshpc-{purpose}-").FullName;

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>Writes a file, with the folders above it, and gives its path.</summary>
    public string Write(string name, string text)
    {
        string path = System.IO.Path.Combine(Path, name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
