using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace PathosHpc;

/// <summary>An entry of a folder that is copied, by its path below it, with slashes.</summary>
/// <param name="Path">The path.</param>
/// <param name="Kind"><c>f</c> file, <c>d</c> folder, <c>l</c> symbolic link.</param>
/// <param name="Size">Bytes of a file.</param>
/// <param name="Seconds">When it was last written, in seconds since 1970: with the size it tells whether a file is over already.</param>
internal readonly record struct FolderEntry(string Path, char Kind, long Size, long Seconds)
{
    /// <summary>Lists a folder of a host: this script's output is read by <see cref="Parse"/>.</summary>
    public const string Script = "cd -- \"$1\" && find . -mindepth 1 -printf '%y %s %T@ %P\\0'";

    public static IReadOnlyList<FolderEntry> Parse(byte[] listing) => [.. Encoding.UTF8.GetString(listing).Split('\0', StringSplitOptions.RemoveEmptyEntries).Select(line =>
    {
        string[] parts = line.Split(' ', 4);
        return new FolderEntry(parts[3], parts[0][0], parts[0] == "f" ? Number(parts[1]) : 0, Number(parts[2].Split('.')[0]));
    })];

    /// <summary>Lists a folder of this machine; links are not followed.</summary>
    public static IReadOnlyList<FolderEntry> List(string folder)
    {
        var entries = new List<FolderEntry>();
        List(new DirectoryInfo(folder), "", entries);
        return entries;
    }

    /// <summary>What tells this content from another: a folder that was begun with it can be gone on with.</summary>
    public static string Hash(IReadOnlyList<FolderEntry> entries)
    {
        string text = string.Join('\0', entries.OrderBy(e => e.Path, StringComparer.Ordinal).Select(e => string.Create(CultureInfo.InvariantCulture, $"{e.Kind} {e.Size} {e.Seconds} {e.Path}")));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16];
    }

    /// <summary>What of <paramref name="wanted"/> is not among <paramref name="there"/> as a whole file.</summary>
    public static List<FolderEntry> Missing(IReadOnlyList<FolderEntry> wanted, IReadOnlyList<FolderEntry> there)
    {
        HashSet<FolderEntry> whole = [.. there.Where(e => e.Kind == 'f')];
        return [.. wanted.Where(e => !whole.Contains(e))];
    }

    private static void List(DirectoryInfo folder, string prefix, List<FolderEntry> entries)
    {
        foreach (FileSystemInfo info in folder.EnumerateFileSystemInfos("*", new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = false }))
        {
            char kind = info.LinkTarget is not null ? 'l' : info is DirectoryInfo ? 'd' : 'f';
            entries.Add(new FolderEntry(prefix + info.Name, kind, kind == 'f' ? ((FileInfo)info).Length : 0, new DateTimeOffset(info.LastWriteTimeUtc).ToUnixTimeSeconds()));
            if (kind == 'd')
                List((DirectoryInfo)info, prefix + info.Name + '/', entries);
        }
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
