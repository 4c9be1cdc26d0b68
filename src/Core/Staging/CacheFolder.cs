using System.Security.Cryptography;

namespace PathosHpc;

/// <summary>The cache of this machine, for a process whose application was brought to it.</summary>
internal sealed class CacheFolder
{
    private const UnixFileMode ReadOnly = UnixFileMode.UserRead;
    private static readonly Lazy<CacheFolder?> own = new(() => Find(AppContext.BaseDirectory));
    private readonly string root;

    private CacheFolder(string root) => this.root = root;

    /// <summary>The one that this process's application lies in; null where it was not brought.</summary>
    public static CacheFolder? OfThisProcess => own.Value;

    /// <summary>Where what was staged together lies.</summary>
    public string Folders => Path.Combine(root, "folders");

    /// <summary>The cache that an application's folder is in; null when it is in none.</summary>
    internal static CacheFolder? Find(string application)
    {
        // CACHE/pathos-hpc/folders/HASH, or below.
        for (DirectoryInfo? at = new(Path.TrimEndingDirectorySeparator(application)); at is not null; at = at.Parent)
        {
            if (at.Parent is { Name: "folders", Parent: { Name: "pathos-hpc" } root })
                return new CacheFolder(root.FullName);
        }
        return null;
    }

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
