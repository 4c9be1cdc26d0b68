using System.Buffers.Binary;

namespace PathosHpc;

/// <summary>What the two sides of a session say ahead of its frames, on each new stream: the worker tells which session it has, the client,
/// which may have several streams to choose from, takes one by telling how many frames came, and the worker answers with its own count.</summary>
internal static class SessionOpening
{
    private const int OfferSize = 24, CountSize = 8;

    /// <summary>The worker's part: offers its session, and goes on over this stream if the client takes it.</summary>
    /// <param name="session">The session.</param>
    /// <param name="number">Which start of the world it belongs to.</param>
    /// <param name="stream">Disposed when nothing comes of it.</param>
    /// <param name="way">What the stream is, for people.</param>
    /// <param name="isFiles">Whether it is made of files.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Whether the client took it.</returns>
    public static async Task<bool> OfferAsync(Session session, long number, Stream stream, string way, bool isFiles, CancellationToken cancellationToken)
    {
        await using var giveUp = cancellationToken.Register(stream.Dispose).ConfigureAwait(false);
        try
        {
            await stream.WriteAsync(Pack(session.Id, number), cancellationToken).ConfigureAwait(false);
            (Guid id, long theirs) = await ReadAsync(stream, cancellationToken).ConfigureAwait(false);
            if (id != session.Id)
                throw new LinkException("The client meant another session.");
            var count = new byte[CountSize];
            BinaryPrimitives.WriteInt64LittleEndian(count, session.Detach());
            await stream.WriteAsync(count, cancellationToken).ConfigureAwait(false);
            session.Attach(stream, theirs, way, isFiles);
            return true;
        }
        catch (Exception e) when (e is IOException or LinkException or HostFailedException or ObjectDisposedException or OperationCanceledException or InvalidOperationException)
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            return false;
        }
    }

    /// <summary>The client's part: which session is offered, and which start of the world it belongs to.</summary>
    public static async Task<(Guid Session, long Number)> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        await using var giveUp = cancellationToken.Register(stream.Dispose).ConfigureAwait(false);
        var bytes = new byte[OfferSize];
        await stream.ReadExactlyAsync(bytes, cancellationToken).ConfigureAwait(false);
        return (new Guid(bytes.AsSpan(0, 16)), BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(16)));
    }

    /// <summary>The client's part: goes on over this stream, whose offer was read.</summary>
    /// <returns>Whether the worker answered.</returns>
    public static async Task<bool> TakeAsync(Session session, Stream stream, string way, bool isFiles, CancellationToken cancellationToken)
    {
        await using var giveUp = cancellationToken.Register(stream.Dispose).ConfigureAwait(false);
        try
        {
            await stream.WriteAsync(Pack(session.Id, session.Detach()), cancellationToken).ConfigureAwait(false);
            var count = new byte[CountSize];
            await stream.ReadExactlyAsync(count, cancellationToken).ConfigureAwait(false);
            session.Attach(stream, BinaryPrimitives.ReadInt64LittleEndian(count), way, isFiles);
            return true;
        }
        catch (Exception e) when (e is IOException or LinkException or HostFailedException or ObjectDisposedException or OperationCanceledException or InvalidOperationException)
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            return false;
        }
    }

    private static byte[] Pack(Guid session, long number)
    {
        var bytes = new byte[OfferSize];
        session.TryWriteBytes(bytes);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(16), number);
        return bytes;
    }
}
