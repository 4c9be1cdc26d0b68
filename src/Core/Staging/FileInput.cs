namespace PathosHpc;

/// <summary>A file that functions read, wherever they run: <see cref="Pool.StageAsync"/> gives it. It may be an item, part of one, or captured.</summary>
public sealed class FileInput
{
    private readonly string local;
    private readonly string? staged;

    /// <param name="local">Its path on the client's machine.</param>
    /// <param name="length">Bytes.</param>
    /// <param name="staged">Its path below the folders of a cache; null when it was not brought anywhere.</param>
    internal FileInput(string local, long length, string? staged) => (this.local, Length, this.staged) = (local, length, staged);

    /// <summary>Its name, without folders.</summary>
    public string Name => System.IO.Path.GetFileName(local);

    /// <summary>Bytes.</summary>
    public long Length { get; }

    /// <summary>Where it is on the machine that asks: on one that it was brought to a read-only file of the same name, elsewhere the file itself.</summary>
    /// <exception cref="FileNotFoundException">It was brought to this machine, and somebody removed it.</exception>
    public string Path
    {
        get
        {
            if (staged is null || CacheFolder.OfThisProcess is not { } cache)
                return local;
            cache.Use(staged.Split('/')[0]);
            string path = System.IO.Path.Combine(cache.Folders, staged);
            return File.Exists(path) ? path : throw new FileNotFoundException($"{Name}, which was brought to {Environment.MachineName}, is not at {path} any more. Somebody cleaned the cache; stage it again.", path);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
