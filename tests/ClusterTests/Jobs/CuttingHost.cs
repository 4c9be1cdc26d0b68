using PathosHpc.Tests;

namespace PathosHpc.ClusterTests;

/// <summary>A host whose streams break, again and again, in the middle of whatever is under way.</summary>
/// <param name="host">The host.</param>
/// <param name="cuts">How many streams break; the others last.</param>
/// <param name="longest">No stream that breaks carries more bytes.</param>
internal class CuttingHost(ClusterHost host, int cuts, int longest = 12_000) : ClusterHost
{
    private readonly Random random = new(11);
    private int opened;

    /// <summary>How many streams were opened.</summary>
    public int Opened => Volatile.Read(ref opened);

    public override string Name => "a host of bad connections";

    internal override bool SharesFiles => host.SharesFiles;

    internal override string? DotnetThere => host.DotnetThere;

    public override ValueTask<string> GetHomeFolderAsync(CancellationToken cancellationToken = default) => host.GetHomeFolderAsync(cancellationToken);

    public override Task<CommandResult> RunAsync(HostCommand command, CancellationToken cancellationToken = default) => host.RunAsync(command, cancellationToken);

    public override Task WriteFileAsync(string path, ReadOnlyMemory<byte> content, UnixFileMode mode, CancellationToken cancellationToken = default) => host.WriteFileAsync(path, content, mode, cancellationToken);

    public override Task<byte[]?> ReadFileAsync(string path, long offset = 0, int maxBytes = int.MaxValue, CancellationToken cancellationToken = default) => host.ReadFileAsync(path, offset, maxBytes, cancellationToken);

    public override Task<IReadOnlyList<HostFile>> ListAsync(string folder, CancellationToken cancellationToken = default) => host.ListAsync(folder, cancellationToken);

    public override Task CreateFolderAsync(string folder, UnixFileMode mode, CancellationToken cancellationToken = default) => host.CreateFolderAsync(folder, mode, cancellationToken);

    internal override Task CreateFolderWithinAsync(string folder, UnixFileMode mode, CancellationToken cancellationToken = default) => host.CreateFolderWithinAsync(folder, mode, cancellationToken);

    public override Task DeleteAsync(string path, CancellationToken cancellationToken = default) => host.DeleteAsync(path, cancellationToken);

    public override Task PutFileAsync(string localPath, string hostPath, CancellationToken cancellationToken = default) => host.PutFileAsync(localPath, hostPath, cancellationToken);

    public override Task GetFileAsync(string hostPath, string localPath, CancellationToken cancellationToken = default) => host.GetFileAsync(hostPath, localPath, cancellationToken);

    public override async Task<Stream> OpenStreamAsync(string machine, int port, CancellationToken cancellationToken = default)
    {
        Stream stream = await host.OpenStreamAsync(machine, port, cancellationToken);
        return Interlocked.Increment(ref opened) <= cuts ? new CuttingStream(stream, 1 + random.Next(longest)) : stream;
    }
}
