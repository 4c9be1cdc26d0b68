using System.Buffers.Binary;
using System.Globalization;

namespace PathosHpc;

/// <summary>A byte stream through a folder that both sides see: each piece is a file that its writer makes whole, and its reader removes.
/// Slow, and able where no connection can be made.</summary>
/// <remarks>A file is named by its writer and its number. It holds the count of its bytes (int64), their CRC-32C (uint32) and the bytes.
/// New files are found by listing: a file system that is shared over a network may hide them from who asks for one name.</remarks>
internal sealed class FolderStream(ClusterHost host, string folder, LinkRole own) : Stream
{
    /// <summary>The most bytes of a piece.</summary>
    public const int LongestPiece = 4 << 20;

    private const int HeaderSize = 12, ShortestPause = 5, LongestPause = 250;
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>How long a file system that refuses may take to recover.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly CancellationTokenSource closed = new();
    private long written, read;
    private ReadOnlyMemory<byte> piece;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(Span<byte> buffer)
    {
        for (int pause = ShortestPause; piece.IsEmpty; pause = Math.Min(pause * 3 / 2, LongestPause))
        {
            if (Patiently(TakeAsync) is { } next)
                piece = next;
            else
                Pause(pause);
        }
        int count = Math.Min(buffer.Length, piece.Length);
        piece.Span[..count].CopyTo(buffer);
        piece = piece[count..];
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        for (; !buffer.IsEmpty; buffer = buffer[Math.Min(buffer.Length, LongestPiece)..])
        {
            ReadOnlySpan<byte> bytes = buffer[..Math.Min(buffer.Length, LongestPiece)];
            var file = new byte[HeaderSize + bytes.Length];
            BinaryPrimitives.WriteInt64LittleEndian(file, bytes.Length);
            BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(8), Crc32C.Of(bytes));
            bytes.CopyTo(file.AsSpan(HeaderSize));
            string path = $"{folder}/{Name(own, written++)}";
            Patiently(async () =>
            {
                await host.WriteFileAsync(path, file, Private, closed.Token).ConfigureAwait(false);
                return file;
            });
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        closed.Cancel();
        base.Dispose(disposing);
    }

    /// <summary>The bytes of a file; null when it is not whole.</summary>
    internal static ReadOnlyMemory<byte>? Unpack(byte[] file)
    {
        if (file.Length < HeaderSize || BinaryPrimitives.ReadInt64LittleEndian(file) != file.Length - HeaderSize)
            return null;
        return Crc32C.Of(file.AsSpan(HeaderSize)) == BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(8)) ? (ReadOnlyMemory<byte>?)file.AsMemory(HeaderSize) : null;
    }

    private static string Name(LinkRole writer, long number) => string.Create(CultureInfo.InvariantCulture, $"{(writer == LinkRole.Client ? "client" : "worker")}-{number:d8}");

    private async Task<byte[]?> TakeAsync()
    {
        string name = Name(own == LinkRole.Client ? LinkRole.Worker : LinkRole.Client, read);
        IReadOnlyList<HostFile> files = await host.ListAsync(folder, closed.Token).ConfigureAwait(false);
        if (!files.Any(file => file.Name == name))
            return null;
        byte[]? file = await host.ReadFileAsync($"{folder}/{name}", cancellationToken: closed.Token).ConfigureAwait(false);
        if (file is null || Unpack(file) is not { } bytes)
            return null;
        read++;
        try
        {
            await host.DeleteAsync($"{folder}/{name}", closed.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or HostFailedException)
        {
            // It has been read, and goes with the folder at the latest.
        }
        return bytes.ToArray();
    }

    private void Pause(int milliseconds)
    {
        if (closed.Token.WaitHandle.WaitOne(milliseconds))
            throw new LinkException("The folder was left on this side.");
    }

    /// <summary>Does it again where the file system refuses for a while: a disk that is full, a server that is away.</summary>
    private byte[]? Patiently(Func<Task<byte[]?>> action)
    {
        for (long until = Environment.TickCount64 + (long)Patience.TotalMilliseconds; ; Pause(LongestPause))
        {
            try
            {
                return action().GetAwaiter().GetResult();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or HostFailedException && Environment.TickCount64 < until)
            {
                // Told by whoever wrote the file system, should it last.
            }
            catch (OperationCanceledException e)
            {
                throw new LinkException("The folder was left on this side.", e);
            }
        }
    }
}
