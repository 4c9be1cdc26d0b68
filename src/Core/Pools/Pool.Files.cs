namespace PathosHpc;

public abstract partial class Pool
{
    /// <summary>Makes files readable where this pool computes: brings them, by their content and only what is missing, to hosts that do not have the files of this machine;
    /// elsewhere does nothing. Functions find each by its <see cref="FileInput.Path"/>.</summary>
    /// <param name="paths">Files of this machine. They must not change before they were brought.</param>
    /// <param name="cancellationToken">Gives up; what is over stays there.</param>
    /// <returns>A <see cref="FileInput"/> for each path, in their order.</returns>
    /// <exception cref="FileNotFoundException">Some do not exist; all of them are named.</exception>
    /// <exception cref="HostFailedException">A host cannot be reached, or has no room.</exception>
    public async Task<FileInput[]> StageAsync(IEnumerable<string> paths, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        FileInfo[] files = [.. paths.Select(path => new FileInfo(path))];
        string[] missing = [.. files.Where(f => !f.Exists).Select(f => f.FullName)];
        if (missing.Length > 0)
            throw new FileNotFoundException($"{missing.Length} of {files.Length} input files do not exist: {string.Join(", ", missing.Take(10))}{(missing.Length > 10 ? ", ..." : "")}.", missing[0]);
        if (!IsFar || files.Length == 0)
            return [.. files.Select(f => new FileInput(f.FullName, f.Length, null))];
        StagedFile[] staged = await Task.Run(() => files.Select(f => StagedFile.Read(f.FullName, f.Name)).Select(f => f with { Path = $"{f.Key}/{f.Path}" }).ToArray(), cancellationToken).ConfigureAwait(false);
        StagedFile[] different = [.. staged.DistinctBy(f => f.Path).OrderBy(f => f.Path, StringComparer.Ordinal)];
        await BringAsync(different, cancellationToken).ConfigureAwait(false);
        string folder = StagedFile.Hash(StagedFile.Manifest(different));
        return [.. staged.Select(f => new FileInput(f.Local, f.Size, $"{folder}/{f.Path}"))];
    }

    /// <summary>Copies a file that a function of this pool made to this machine. It appears at <paramref name="path"/> when all of it is there.</summary>
    /// <param name="file">The file, from a result.</param>
    /// <param name="path">Where it goes, name included; the folder must exist. What is there is replaced.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="IOException">It is not there any more, or cannot be written here.</exception>
    /// <exception cref="HostFailedException">Its host cannot be reached.</exception>
    public async Task FetchAsync(FileResult file, string path, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(file);
        string target = Path.GetFullPath(path), part = $"{target}.{Guid.NewGuid():N}.part";
        try
        {
            await (file.Hash is null ? LocalHost.Instance.GetFileAsync(file.Path, part, cancellationToken) : FetchFromAsync(file.Rank, file.Path, part, cancellationToken)).ConfigureAwait(false);
            await Task.Run(() => file.Check(part), cancellationToken).ConfigureAwait(false);
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(part, File.GetUnixFileMode(part) | UnixFileMode.UserWrite);
            File.Move(part, target, overwrite: true);
        }
        finally
        {
            File.Delete(part);
        }
    }

    /// <summary>Whether it computes on machines that do not have the files of this one.</summary>
    private protected virtual bool IsFar => false;

    /// <summary>Brings files to where it computes.</summary>
    private protected virtual Task BringAsync(IReadOnlyList<StagedFile> files, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Copies a file that a rank made.</summary>
    private protected virtual Task FetchFromAsync(int rank, string path, string target, CancellationToken cancellationToken) => LocalHost.Instance.GetFileAsync(path, target, cancellationToken);
}
