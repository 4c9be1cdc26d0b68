namespace PathosHpc;

public sealed partial class SshHost
{
    /// <inheritdoc/>
    public override Task PutFileAsync(string localPath, string hostPath, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override Task GetFileAsync(string hostPath, string localPath, CancellationToken cancellationToken = default) => throw new NotSupportedException();
}
