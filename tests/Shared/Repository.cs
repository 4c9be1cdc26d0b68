namespace PathosHpc.Tests;

/// <summary>The source tree that these tests were built from.</summary>
internal static class Repository
{
    /// <summary>The folder of PathosHpc.sln. Found from the test's own folder: builds of CI map source paths away.</summary>
    public static string Root { get; } = Find();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "PathosHpc.sln")))
                return folder.FullName;
        }
        throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} has PathosHpc.sln.");
    }

    /// <summary>Source files below <paramref name="folder"/>, without what builds made.</summary>
    public static IEnumerable<string> Sources(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal) && !f.Contains("/bin/", StringComparison.Ordinal));

    /// <summary>The libraries that the package holds, as far as they exist.</summary>
    public static IReadOnlyList<System.Reflection.Assembly> Libraries { get; } =
        [.. new[] { "PathosHpc.Core", "PathosHpc.Mpi", "PathosHpc.Schedulers", "PathosHpc.Ssh" }
            .Where(name => File.Exists(Path.Combine(AppContext.BaseDirectory, name + ".dll")))
            .Select(System.Reflection.Assembly.Load)];
}
