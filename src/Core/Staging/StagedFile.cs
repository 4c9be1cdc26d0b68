using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace PathosHpc;

/// <summary>A file that is to be on a host: where it is here, where it belongs there, and the key of its content in the host's cache.</summary>
/// <param name="Local">Its path here.</param>
/// <param name="Path">Its path below the staged folder, with slashes.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Key">SHA-256 of its content, with an <c>x</c> behind it when it can be run.</param>
internal sealed record StagedFile(string Local, string Path, long Size, string Key)
{
    private const UnixFileMode AnyExecute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
    private static readonly ConcurrentDictionary<(string Path, long Size, DateTime Written), string> hashes = new();

    /// <summary>Reads a file; what has not changed since the last time is not read again.</summary>
    public static StagedFile Read(string local, string path)
    {
        if (path.Any(char.IsControl) || path.EndsWith(' '))
            throw new IOException($"'{local}' cannot be brought to another host: its name has control characters, or a blank at its end. Rename it.");
        var info = new FileInfo(local);
        string hash = hashes.GetOrAdd((info.FullName, info.Length, info.LastWriteTimeUtc), key =>
        {
            using FileStream file = File.OpenRead(key.Path);
            return Convert.ToHexStringLower(SHA256.HashData(file));
        });
        bool runs = !OperatingSystem.IsWindows() && (File.GetUnixFileMode(local) & AnyExecute) != 0;
        return new StagedFile(info.FullName, path, info.Length, runs ? hash + "x" : hash);
    }

    /// <summary>All files below a folder, in the order of their paths.</summary>
    public static IReadOnlyList<StagedFile> ReadFolder(string folder, string below = "") => [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
        .Select(file => Read(file, below + System.IO.Path.GetRelativePath(folder, file).Replace('\\', '/'))).OrderBy(f => f.Path, StringComparer.Ordinal)];

    /// <summary>The list as it goes over: key, size and path of each, a line each.</summary>
    public static string Manifest(IReadOnlyList<StagedFile> files) =>
        string.Concat(files.Select(f => string.Create(CultureInfo.InvariantCulture, $"{f.Key} {f.Size} {f.Path}\n")));

    /// <summary>What tells one list from another.</summary>
    public static string Hash(string manifest) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(manifest)))[..32];
}
