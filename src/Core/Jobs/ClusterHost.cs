namespace PathosHpc;

/// <summary>The machine that jobs are submitted from: this one (<see cref="LocalHost"/>) or a login node behind ssh.
/// It is the only door to the outside: commands, files and byte streams. Paths are those of the host.</summary>
public abstract class ClusterHost : IAsyncDisposable
{
    /// <summary>Name for messages.</summary>
    public abstract string Name { get; }

    /// <summary>Hosts of one identity are one machine, account and environment: their jobs are asked about together.</summary>
    protected internal virtual string Identity => Name;

    /// <summary>Whether the paths of this machine lead to the same files there. Where not, programs are brought there before they run.</summary>
    internal virtual bool SharesFiles => true;

    /// <summary>Why no byte streams can be opened from there, as a sentence; null when they can, or nobody knows yet.</summary>
    internal virtual string? NoStreams => null;

    /// <summary>Path of the dotnet there that programs which were brought there run on; null leaves it to us, empty brings one along.</summary>
    internal virtual string? DotnetThere => null;

    /// <summary>The user's home folder on the host.</summary>
    public abstract ValueTask<string> GetHomeFolderAsync(CancellationToken cancellationToken = default);

    /// <summary>Runs a command to its end or its timeout. A missing program, an exit code other than 0 and a timeout are results, not exceptions.</summary>
    /// <exception cref="HostFailedException">The host itself cannot be reached.</exception>
    public abstract Task<CommandResult> RunAsync(HostCommand command, CancellationToken cancellationToken = default);

    /// <summary>Writes a file whole: readers see the old content or the new, never a part.</summary>
    public abstract Task WriteFileAsync(string path, ReadOnlyMemory<byte> content, UnixFileMode mode, CancellationToken cancellationToken = default);

    /// <summary>Reads at most <paramref name="maxBytes"/> bytes from <paramref name="offset"/>, counted from the end when negative.
    /// Empty at the end of the file; null when there is no file.</summary>
    public abstract Task<byte[]?> ReadFileAsync(string path, long offset = 0, int maxBytes = int.MaxValue, CancellationToken cancellationToken = default);

    /// <summary>The entries of a folder; empty when there is no such folder.</summary>
    public abstract Task<IReadOnlyList<HostFile>> ListAsync(string folder, CancellationToken cancellationToken = default);

    /// <summary>Makes a folder and those above it; does nothing when it exists.</summary>
    public abstract Task CreateFolderAsync(string folder, UnixFileMode mode, CancellationToken cancellationToken = default);

    /// <summary>Makes a folder within one that is there. A command that was canceled may be carried out later over there: it must not make anew what was removed meanwhile.</summary>
    internal virtual Task CreateFolderWithinAsync(string folder, UnixFileMode mode, CancellationToken cancellationToken = default) => CreateFolderAsync(folder, mode, cancellationToken);

    /// <summary>Removes a file, or a folder with all in it; does nothing when there is none.</summary>
    public abstract Task DeleteAsync(string path, CancellationToken cancellationToken = default);

    /// <summary>Copies a file of this machine to the host.</summary>
    public abstract Task PutFileAsync(string localPath, string hostPath, CancellationToken cancellationToken = default);

    /// <summary>Copies a file of the host to this machine.</summary>
    public abstract Task GetFileAsync(string hostPath, string localPath, CancellationToken cancellationToken = default);

    /// <summary>Opens a byte stream to a TCP port that the host can reach.</summary>
    public abstract Task<Stream> OpenStreamAsync(string machine, int port, CancellationToken cancellationToken = default);

    /// <inheritdoc/>
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}
