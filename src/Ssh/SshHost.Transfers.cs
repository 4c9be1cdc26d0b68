using System.Globalization;

namespace PathosHpc;

public sealed partial class SshHost
{
    /// <summary>Copies a file or a folder of this machine to the host: one stream, with permissions, times and symbolic links. After a lost
    /// connection it goes on with what is missing, also in a later call. A file or a new folder appears under its name only when it is whole;
    /// a folder that is there already keeps what else it holds, and each of its files is replaced at once.</summary>
    /// <param name="localPath">File or folder.</param>
    /// <param name="hostPath">Its path over there, name included; relative to the home folder.</param>
    /// <param name="progress">Told every megabyte or so.</param>
    /// <param name="cancellationToken">Ends the copy; what is over stays for the next attempt.</param>
    /// <exception cref="FileNotFoundException">There is no such file or folder here.</exception>
    /// <exception cref="HostFailedException">The host cannot be reached, or the copy not be written there.</exception>
    public Task PutAsync(string localPath, string hostPath, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(localPath);
        string target = Checked(hostPath);
        if (Directory.Exists(localPath))
            return new FolderTransfer(this, progress).PutAsync(Path.TrimEndingDirectorySeparator(Path.GetFullPath(localPath)), target, cancellationToken);
        return File.Exists(localPath) ? new FileTransfer(this, progress).PutAsync(localPath, target, cancellationToken)
            : throw new FileNotFoundException($"There is no file or folder '{localPath}' to copy to {Name}.", localPath);
    }

    /// <summary>Copies a file or a folder of the host to this machine, as <see cref="PutAsync"/> does the other way.</summary>
    /// <param name="hostPath">File or folder over there; relative to the home folder.</param>
    /// <param name="localPath">Its path here, name included.</param>
    /// <param name="progress">Told every megabyte or so.</param>
    /// <param name="cancellationToken">Ends the copy; what has come stays for the next attempt.</param>
    /// <exception cref="HostFailedException">The host cannot be reached, or there is no such file or folder.</exception>
    public async Task GetAsync(string hostPath, string localPath, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(localPath);
        string source = Checked(hostPath);
        string answer = (await RepeatablyAsync("if [ -d \"$1\" ]; then echo d; else stat -L -c 'f %s %Y %a' -- \"$1\"; fi", [source], cancellationToken).ConfigureAwait(false)).Text.Trim();
        if (answer == "d")
        {
            await new FolderTransfer(this, progress).GetAsync(source, localPath, cancellationToken).ConfigureAwait(false);
            return;
        }
        string[] parts = answer.Split(' ');
        await new FileTransfer(this, progress).GetAsync(source, localPath, long.Parse(parts[1], CultureInfo.InvariantCulture), parts[2], (UnixFileMode)Convert.ToInt32(parts[3], 8) & (UnixFileMode)0b111_111_111, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override Task PutFileAsync(string localPath, string hostPath, CancellationToken cancellationToken = default) => PutAsync(localPath, hostPath, null, cancellationToken);

    /// <inheritdoc/>
    public override Task GetFileAsync(string hostPath, string localPath, CancellationToken cancellationToken = default) => GetAsync(hostPath, localPath, null, cancellationToken);

    /// <summary>A path as our scripts take it: never like an option, and without a slash at its end.</summary>
    private static string Checked(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string trimmed = path.TrimEnd('/');
        return trimmed.Length == 0 ? "/" : trimmed[0] == '-' ? "./" + trimmed : trimmed;
    }
}
