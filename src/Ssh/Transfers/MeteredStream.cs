namespace PathosHpc;

/// <summary>Reads another stream and counts what went through.</summary>
internal sealed class MeteredStream(Stream inner, TransferMeter meter) : AsyncStream
{
    public override bool CanRead => true;

    // An archive needs to know how long a file is, and never moves in it.
    public override bool CanSeek => true;

    public override long Length => inner.Length;

    public override long Position { get => inner.Position; set => inner.Position = value; }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int count = await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        meter.Count(count);
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        int read = inner.Read(buffer, offset, count);
        meter.Count(read);
        return read;
    }

    public override long Seek(long offset, SeekOrigin origin) => inner.Seek(offset, origin);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }
}
