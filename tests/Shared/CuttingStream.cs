namespace PathosHpc.Tests;

/// <summary>A stream that breaks after so many bytes, whichever way they go, in the middle of whatever is under way.</summary>
internal sealed class CuttingStream(Stream inner, long bytes) : Stream
{
    private long left = bytes;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(byte[] buffer, int offset, int count)
    {
        int read = inner.Read(buffer, offset, count);
        if (read > 0)
            Spend(read);
        return read;
    }

    public override void Write(byte[] buffer, int offset, int count)
    {
        int written = (int)Math.Clamp(Interlocked.Read(ref left), 0, count);
        inner.Write(buffer, offset, written);
        Spend(count);
    }

    public override void Flush() => inner.Flush();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        inner.Dispose();
        base.Dispose(disposing);
    }

    private void Spend(int count)
    {
        if (Interlocked.Add(ref left, -count) > 0)
            return;
        inner.Dispose();
        throw new IOException("The stream was cut.");
    }
}
