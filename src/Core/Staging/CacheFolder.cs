using System.Security.Cryptography;

namespace PathosHpc;

/// <summary>The cache of this machine, for a process whose application was brought to it.</summary>
internal sealed class CacheFolder
{
    /// <summary>Tells a process whose application was brought to its machine the path of the cache. Its own folder does not: it may run of a copy.</summary>
    public const string Variable = "PATHOS_CACHE";

    private const UnixFileMode ReadOnly = UnixFileMode.UserRead;
    private static readonly Lazy<CacheFolder?> own = new(() => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } root ? new CacheFolder(root) : null);
    private readonly string root;

    internal CacheFolder(string root) => this.root = root;

    /// <summary>The one of this process; null where it has the client's files.</summary>
    public static CacheFolder? OfThisProcess => own.Value;

    /// <summary>The cache over there that a staged folder lies in.</summary>
    public static string RootOf(string folder) => folder[..folder.LastIndexOf("/folders/", StringComparison.Ordinal)];

    /// <summary>Where what was staged together lies.</summary>
    public string Folders => Path.Combine(root, "folders");

    /// <summary>Keeps a copy of a file, by its content, until nobody has asked for it for long.</summary>
    /// <returns>The copy's path.</returns>
    internal string Keep(FileInfo file, out string hash)
    {
        string part = Path.Combine(root, "part-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)));
        Directory.CreateDirectory(part);
        try
        {
            string copy = Path.Combine(part, file.Name);
            File.Copy(file.FullName, copy);
            using (FileStream content = File.OpenRead(copy))
                hash = Convert.ToHexStringLower(SHA256.HashData(content));
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(copy, ReadOnly);
            string folder = Path.Combine(Folders, StagedFile.Hash($"{hash} {file.Name}"));
            try
            {
                Directory.Move(part, folder);
            }
            catch (IOException) when (File.Exists(Path.Combine(folder, file.Name)))
            {
                // The same file was kept before.
                Directory.SetLastWriteTimeUtc(folder, DateTime.UtcNow);
            }
            return Path.Combine(folder, file.Name);
        }
        finally
        {
            if (Directory.Exists(part))
                Directory.Delete(part, recursive: true);
        }
    }
}
