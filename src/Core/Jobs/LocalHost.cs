using System.Net.Sockets;

namespace PathosHpc;

/// <summary>This machine, for a program that runs on a login node or inside an allocation.</summary>
public sealed class LocalHost : ClusterHost
{
    private static readonly EnumerationOptions All = new() { AttributesToSkip = 0, IgnoreInaccessible = true };

    /// <summary>The host that is meant where none is named.</summary>
    public static LocalHost Instance { get; } = new();

    /// <summary>Variables that every command sees beside those of this process, and instead of them.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>();

    /// <inheritdoc/>
    public override string Name => "localhost";

    /// <inheritdoc/>
    protected internal override string Identity => Name + ' ' + string.Join(';', Variables.OrderBy(v => v.Key, StringComparer.Ordinal).Select(v => $"{v.Key}={v.Value}"));

    /// <inheritdoc/>
    public override ValueTask<string> GetHomeFolderAsync(CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile));

    /// <inheritdoc/>
    public override Task<CommandResult> RunAsync(HostCommand command, CancellationToken cancellationToken = default) =>
        LocalCommand.RunAsync(command, Variables, cancellationToken);

    /// <inheritdoc/>
    public override async Task WriteFileAsync(string path, ReadOnlyMemory<byte> content, UnixFileMode mode, CancellationToken cancellationToken = default)
    {
        var temporary = $"{path}.{Guid.NewGuid():N}";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = mode;
        await using (var file = new FileStream(temporary, options)) await file.WriteAsync(content, cancellationToken).ConfigureAwait(false);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(temporary, mode);
        File.Move(temporary, path, overwrite: true);
    }

    /// <inheritdoc/>
    public override async Task<byte[]?> ReadFileAsync(string path, long offset = 0, int maxBytes = int.MaxValue, CancellationToken cancellationToken = default)
    {
        try
        {
            await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var start = offset >= 0 ? offset : Math.Max(0, file.Length + offset);
            file.Seek(start, SeekOrigin.Begin);
            var buffer = new byte[(int)Math.Min(maxBytes, Math.Max(0, file.Length - start))];
            var read = await file.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
            return read == buffer.Length ? buffer : buffer[..read];
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public override Task<IReadOnlyList<HostFile>> ListAsync(string folder, CancellationToken cancellationToken = default)
    {
        try
        {
            IReadOnlyList<HostFile> entries = [.. new DirectoryInfo(folder).EnumerateFileSystemInfos("*", All)
                .Select(entry => new HostFile(entry.Name, entry is DirectoryInfo, entry is FileInfo { Exists: true } file ? file.Length : 0))];
            return Task.FromResult(entries);
        }
        catch (DirectoryNotFoundException)
        {
            return Task.FromResult<IReadOnlyList<HostFile>>([]);
        }
    }

    /// <inheritdoc/>
    public override Task CreateFolderAsync(string folder, UnixFileMode mode, CancellationToken cancellationToken = default)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
        else Directory.CreateDirectory(folder, mode);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task DeleteAsync(string path, CancellationToken cancellationToken = default)
    {
        if (Directory.Exists(path) && new DirectoryInfo(path).LinkTarget is null) Directory.Delete(path, recursive: true);
        else File.Delete(path);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task PutFileAsync(string localPath, string hostPath, CancellationToken cancellationToken = default) => CopyAsync(localPath, hostPath);

    /// <inheritdoc/>
    public override Task GetFileAsync(string hostPath, string localPath, CancellationToken cancellationToken = default) => CopyAsync(hostPath, localPath);

    /// <inheritdoc/>
    public override async Task<Stream> OpenStreamAsync(string machine, int port, CancellationToken cancellationToken = default)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(machine, port, cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static Task CopyAsync(string from, string to)
    {
        var temporary = $"{to}.{Guid.NewGuid():N}";
        File.Copy(from, temporary);
        File.Move(temporary, to, overwrite: true);
        return Task.CompletedTask;
    }
}
