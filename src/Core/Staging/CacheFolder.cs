using System.Security.Cryptography;

namespace PathosHpc;

/// <summary>The cache of this machine, for a process whose application was brought to it.</summary>
internal sealed class CacheFolder
{
    /// <summary>Tells a process whose application was brought to its machine the path of the cache. Its own folder does not: it may run of a copy.</summary>
    public const string Variable = "PATHOS_CACHE";

    /// <summary>Tells it the names of the folders there that it is made of.</summary>
    public const string ProgramVariable = "PATHOS_CACHE_PROGRAM";

    private const UnixFileMode ReadOnly = UnixFileMode.UserRead;

    /// <summary>Much shorter than what is not used may stay.</summary>
    private static readonly TimeSpan UseTime = TimeSpan.FromHours(6);

    private readonly TimeSpan useTime;
    private readonly HashSet<string> used = [];
    private Timer? renewing;
    private static readonly Lazy<CacheFolder?> own = new(() => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } root ? new CacheFolder(root) : null);
    private readonly string root;

    internal CacheFolder(string root, TimeSpan? useTime = null) => (this.root, this.useTime) = (root, useTime ?? UseTime);

    /// <summary>The one of this process; null where it has the client's files.</summary>
    public static CacheFolder? OfThisProcess => own.Value;

    /// <summary>The cache over there that a staged folder lies in.</summary>
    public static string RootOf(string folder) => folder[..folder.LastIndexOf("/folders/", StringComparison.Ordinal)];

    /// <summary>The names, for <see cref="ProgramVariable"/>, of the folders that paths lie in; those elsewhere are left out.</summary>
    public static string NamesOf(params string[] paths) =>
        string.Join(':', paths.Select(path => (Path: path, At: path.LastIndexOf("/folders/", StringComparison.Ordinal))).Where(p => p.At >= 0).Select(p => p.Path[(p.At + "/folders/".Length)..].Split('/')[0]));

    /// <summary>Keeps the folders of this process's program from being cleaned away while it runs.</summary>
    public static void UseProgram()
    {
        foreach (string name in Environment.GetEnvironmentVariable(ProgramVariable)?.Split(':', StringSplitOptions.RemoveEmptyEntries) ?? [])
            OfThisProcess?.Use(name);
    }

    /// <summary>Where what was staged together lies.</summary>
    public string Folders => Path.Combine(root, "folders");

    /// <summary>Keeps a folder from being cleaned away as long as this process runs, by making it look used now and then.</summary>
    internal void Use(string name)
    {
        lock (used)
        {
            if (!used.Add(name))
                return;
            renewing ??= new Timer(_ => Renew(), null, useTime, useTime);
        }
        Renew(name);
    }

    private void Renew()
    {
        string[] names;
        lock (used)
            names = [.. used];
        foreach (string name in names)
            Renew(name);
    }

    private void Renew(string name)
    {
        try
        {
            string folder = Path.Combine(Folders, name);
            // Many ranks ask one file system.
            if (DateTime.UtcNow - Directory.GetLastWriteTimeUtc(folder) > useTime / 2 && Directory.Exists(folder))
                Directory.SetLastWriteTimeUtc(folder, DateTime.UtcNow);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Whoever needs a file of it that is gone says so.
        }
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
