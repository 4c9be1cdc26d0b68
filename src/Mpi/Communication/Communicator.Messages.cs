using System.Runtime.CompilerServices;

namespace PathosHpc;

/// <content>Messages between two ranks: spans of unmanaged types, without copies.</content>
public sealed unsafe partial class Communicator
{
    /// <summary>Sends values to a rank. Returns when they may be changed again; that may be before they are received.</summary>
    /// <param name="values">The values, of any number; beyond 2 GiB too.</param>
    /// <param name="destination">The rank to send to.</param>
    /// <param name="tag">From 0 to <see cref="MaxTag"/>; a receiver may ask for it.</param>
    public void Send<T>(ReadOnlySpan<T> values, int destination, int tag = 0) where T : unmanaged
    {
        CheckDestination(destination, tag);
        nint request = 0;
        fixed (T* buffer = values)
        {
            BeginSend(buffer, values.Length, destination, tag, &request);
            MpiRequest.Wait(&request, "MPI_Isend", (long)values.Length * sizeof(T));
        }
    }

    /// <summary>Waits for a message and receives it into the front of <paramref name="values"/>.</summary>
    /// <param name="values">Room for the values; a message that is longer than that is dropped with an exception.</param>
    /// <param name="source">The rank it must come from; any by default.</param>
    /// <param name="tag">The tag it must have; any by default.</param>
    /// <returns>Where it came from, its tag and its length.</returns>
    public MessageStatus Receive<T>(Span<T> values, int source = AnySource, int tag = AnyTag) where T : unmanaged =>
        ReceiveInto(Match(Handle, NativeSource(source), NativeTag(tag)), values);

    /// <summary>Sends to one rank and receives from another, in whatever order they are ready.</summary>
    /// <returns>Of the message received.</returns>
    public MessageStatus SendReceive<T>(
        ReadOnlySpan<T> send, int destination, Span<T> receive, int source = AnySource, int sendTag = 0, int receiveTag = AnyTag) where T : unmanaged
    {
        CheckDestination(destination, sendTag);
        (int nativeSource, int nativeTag) = (NativeSource(source), NativeTag(receiveTag));
        nint request = 0;
        fixed (T* buffer = send)
        {
            BeginSend(buffer, send.Length, destination, sendTag, &request);
            try
            {
                return ReceiveInto(Match(Handle, nativeSource, nativeTag), receive);
            }
            finally
            {
                // The span must not leave its pin while MPI reads from it.
                MpiRequest.Wait(&request, "MPI_Isend", (long)send.Length * sizeof(T));
            }
        }
    }

    /// <summary>Waits until a message is there to be received and tells of it, without receiving it. Where several threads receive,
    /// another one may take it.</summary>
    public MessageStatus Probe(int source = AnySource, int tag = AnyTag)
    {
        var backoff = new Backoff();
        MessageStatus status;
        while (!TryProbe(out status, source, tag))
            backoff.Wait();
        return status;
    }

    /// <summary>Tells of a message that is there to be received; false when there is none. Never waits.</summary>
    public bool TryProbe(out MessageStatus status, int source = AnySource, int tag = AnyTag)
    {
        MpiAbi abi = MpiEnvironment.Abi;
        byte* buffer = stackalloc byte[32];
        int flag = 0;
        MpiCheck.That(MpiNative.MPI_Iprobe(NativeSource(source), NativeTag(tag), Handle, &flag, buffer), "MPI_Iprobe");
        status = flag == 0 ? default : ReadStatus(abi, buffer);
        return flag != 0;
    }

    private void BeginSend<T>(T* buffer, int count, int destination, int tag, nint* request) where T : unmanaged
    {
        int units = Shape(count, sizeof(T), out nint type);
        MpiCheck.That(MpiNative.MPI_Isend(buffer, units, type, destination, tag, Handle, request), "MPI_Isend");
    }

    private static MessageStatus ReceiveInto<T>(MatchedMessage message, Span<T> values) where T : unmanaged
    {
        long room = (long)values.Length * sizeof(T);
        if (message.Length > room || message.Length % sizeof(T) != 0)
        {
            _ = message.Receive();
            throw new MpiException(MpiErrorKind.Truncated, $"A message of {message.Length} bytes from rank {message.Source} with tag {message.Tag} does not fit "
                + $"the {values.Length} elements of {sizeof(T)} bytes given for it, and was dropped. Probe for its length first, or give the same type and length on both sides.");
        }
        int units = Shape((int)(message.Length / sizeof(T)), sizeof(T), out nint type);
        fixed (T* buffer = values)
            message.ReceiveInto(buffer, units, type);
        return message.Status;
    }

    /// <summary>A number of elements as a count and a datatype: bytes while their number fits a count, else elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Shape(int count, int size, out nint type)
    {
        long bytes = (long)count * size;
        type = bytes <= int.MaxValue ? MpiEnvironment.Abi.Byte : MpiEnvironment.Initialize().ElementType(size);
        return bytes <= int.MaxValue ? (int)bytes : count;
    }

    private void CheckDestination(int destination, int tag)
    {
        CheckRank(destination, nameof(destination));
        if (tag < 0 || tag > MaxTag)
            throw new ArgumentOutOfRangeException(nameof(tag), tag, $"{tag} is not a tag: it must be from 0 to {MaxTag}.");
    }

    private int NativeSource(int source)
    {
        if (source == AnySource)
            return MpiEnvironment.Abi.AnySource;
        CheckRank(source, nameof(source));
        return source;
    }

    private static int NativeTag(int tag) => tag switch
    {
        AnyTag => MpiEnvironment.Abi.AnyTag,
        >= 0 => tag,
        _ => throw new ArgumentOutOfRangeException(nameof(tag), tag, $"{tag} is not a tag: it must be at least 0, or AnyTag."),
    };
}
