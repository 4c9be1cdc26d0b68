using System.Security.Cryptography;

namespace PathosHpc;

/// <summary>A file that a function made, as its result or part of it: <see cref="Of"/> makes it where the function runs, <see cref="Pool.FetchAsync"/> brings it to the client.</summary>
/// <example><code>
/// FileResult Relax(FileInput structure)
/// {
///     RunProgram(structure.Path, "relaxed.cif");
///     return FileResult.Of("relaxed.cif");
/// }
/// </code></example>
public sealed class FileResult
{
    private FileResult(string path, string name, long length, string? hash, int rank) => (Path, Name, Length, Hash, Rank) = (path, name, length, hash, rank);

    /// <summary>Its name, without folders.</summary>
    public string Name { get; }

    /// <summary>Bytes.</summary>
    public long Length { get; }

    /// <summary>Where it is, on the machine that it was made on.</summary>
    internal string Path { get; }

    /// <summary>SHA-256 of its content; null when it stayed where it was.</summary>
    internal string? Hash { get; }

    /// <summary>The rank that made it; -1 outside of a map.</summary>
    internal int Rank { get; }

    /// <summary>A file of the machine that runs this. Where the client has other files, a copy of it is kept in the cache there, so that this one may be removed;
    /// elsewhere it stays where it is, and has to until it was fetched.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    public static FileResult Of(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        var file = new FileInfo(path);
        if (!file.Exists)
            throw new FileNotFoundException($"The function's result is to be the file {file.FullName}, which does not exist.", file.FullName);
        int rank = MapContext.Current?.Rank ?? -1;
        if (CacheFolder.OfThisProcess is not { } cache)
            return new FileResult(file.FullName, file.Name, file.Length, null, rank);
        string kept = cache.Keep(file, out string hash);
        return new FileResult(kept, file.Name, new FileInfo(kept).Length, hash, rank);
    }

    /// <inheritdoc/>
    public override string ToString() => Name;

    /// <summary>Refuses a copy that is not what the function made.</summary>
    internal void Check(string copy)
    {
        if (Hash is null)
            return;
        using FileStream content = File.OpenRead(copy);
        if (Convert.ToHexStringLower(SHA256.HashData(content)) != Hash)
            throw new IOException($"{Name} arrived damaged: its content is not what the function made. Fetch it again.");
    }
}
