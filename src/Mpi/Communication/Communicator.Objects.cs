namespace PathosHpc;

/// <content>Messages between two ranks: any object, encoded.</content>
public sealed partial class Communicator
{
    [ThreadStatic]
    private static PayloadWriter? writerOfThread;

    /// <summary>Sends an object to a rank. Returns when it may be changed again.</summary>
    /// <param name="value">The object; the receiver gets a copy of all that it refers to.</param>
    /// <param name="destination">The rank to send to.</param>
    /// <param name="tag">From 0 to <see cref="MaxTag"/>; a receiver may ask for it.</param>
    public void Send<T>(T value, int destination, int tag = 0)
    {
        CheckDestination(destination, tag);
        (PendingSend send, long length) = BeginSendObject(Handle, value, destination, tag);
        send.Wait(length);
    }

    /// <summary>Waits for a message and reads the object in it.</summary>
    /// <param name="source">The rank it must come from; any by default.</param>
    /// <param name="tag">The tag it must have; any by default.</param>
    /// <exception cref="MalformedPayloadException">The message does not hold a <typeparamref name="T"/>.</exception>
    public T Receive<T>(int source = AnySource, int tag = AnyTag) => Receive<T>(out _, source, tag);

    /// <summary>Waits for a message, reads the object in it and tells where it came from.</summary>
    /// <param name="status">Of the message received.</param>
    /// <param name="source">The rank it must come from; any by default.</param>
    /// <param name="tag">The tag it must have; any by default.</param>
    /// <exception cref="MalformedPayloadException">The message does not hold a <typeparamref name="T"/>.</exception>
    public T Receive<T>(out MessageStatus status, int source = AnySource, int tag = AnyTag)
    {
        MatchedMessage message = Match(Handle, NativeSource(source), NativeTag(tag));
        status = message.Status;
        return Decode<T>(message.Receive());
    }

    /// <summary>Sends an object to one rank and receives one from another, in whatever order they are ready.</summary>
    public T SendReceive<T>(T value, int destination, int source = AnySource, int sendTag = 0, int receiveTag = AnyTag)
    {
        CheckDestination(destination, sendTag);
        (int nativeSource, int nativeTag) = (NativeSource(source), NativeTag(receiveTag));
        (PendingSend send, long length) = BeginSendObject(Handle, value, destination, sendTag);
        try
        {
            return Decode<T>(Match(Handle, nativeSource, nativeTag).Receive());
        }
        finally
        {
            send.Wait(length);
        }
    }

    private static (PendingSend Send, long Length) BeginSendObject<T>(nint comm, T value, int destination, int tag)
    {
        PayloadWriter writer = writerOfThread ??= new PayloadWriter(PendingSend.CopyLimit);
        writer.Clear();
        ItemCodec<T>.Write(writer, value);
        long length = writer.Length;
        return length <= PendingSend.CopyLimit
            ? (PendingSend.BeginCopy(comm, writer.WrittenSpan, destination, tag), length)
            : (PendingSend.Begin(comm, writer.Detach(), destination, tag), length);
    }

    private static Payload Encode<T>(T value)
    {
        var writer = new PayloadWriter();
        ItemCodec<T>.Write(writer, value);
        return writer.Detach();
    }

    private static T Decode<T>(Payload payload) => ItemCodec<T>.Read(new PayloadReader(payload));
}
