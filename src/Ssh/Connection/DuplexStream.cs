namespace PathosHpc;

/// <summary>Both ends of a remote process as one stream.</summary>
internal sealed class DuplexStream(RemoteProcess process) : AsyncStream
{
    /// <summary>Completed when both ways have ended, and all that was written is over there.</summary>
    public Task Ended => process.Exit;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override int Read(byte[] buffer, int offset, int count) => process.Output.Read(buffer, offset, count);

    public override int Read(Span<byte> buffer) => process.Output.Read(buffer);

    public override void Write(byte[] buffer, int offset, int count) => process.Input.Write(buffer, offset, count);

    public override void Write(ReadOnlySpan<byte> buffer) => process.Input.Write(buffer);

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => process.Output.ReadAsync(buffer, cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => process.Input.WriteAsync(buffer, cancellationToken);

    /// <summary>Tells the other side that no more comes, while it may go on.</summary>
    public ValueTask EndWritingAsync() => process.Input.DisposeAsync();

    public override void Flush() => process.Input.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => process.Input.FlushAsync(cancellationToken);

    public override async ValueTask DisposeAsync()
    {
        await process.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            process.DisposeAsync().AsTask().GetAwaiter().GetResult();
        base.Dispose(disposing);
    }
}
