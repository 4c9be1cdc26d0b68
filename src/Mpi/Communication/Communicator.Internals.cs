namespace PathosHpc;

/// <content>What the rank engine uses: it never waits inside MPI, and a small message allocates nothing but its bytes.</content>
public sealed unsafe partial class Communicator
{
    /// <summary>Begins to send a payload of any length, as one message. The bytes must not change until the message is complete.</summary>
    internal PendingSend BeginSend(Payload payload, int destination, int tag) => PendingSend.Begin(Handle, payload, destination, tag);

    /// <summary>Begins to send bytes; at most <see cref="PendingSend.CopyLimit"/>, for they are copied.</summary>
    internal PendingSend BeginSend(ReadOnlySpan<byte> bytes, int destination, int tag) => PendingSend.BeginCopy(Handle, bytes, destination, tag);

    /// <summary>Takes a message out of the queue, if there is one. Never waits. What was taken must be received.</summary>
    internal bool TryProbe(out MatchedMessage message, int source = AnySource, int tag = AnyTag) =>
        TryMatch(Handle, NativeSource(source), NativeTag(tag), out message);

    // Source and tag are the library's own numbers.
    private static bool TryMatch(nint comm, int source, int tag, out MatchedMessage message)
    {
        MpiAbi abi = MpiEnvironment.Abi;
        byte* buffer = stackalloc byte[32];
        int flag = 0;
        nint handle = 0;
        MpiCheck.That(MpiNative.MPI_Improbe(source, tag, comm, &flag, &handle, buffer), "MPI_Improbe");
        if (flag == 0)
        {
            message = default;
            return false;
        }
        MessageStatus status = ReadStatus(abi, buffer);
        message = new MatchedMessage(handle, status.Source, status.Tag, status.Length);
        return true;
    }

    private static MatchedMessage Match(nint comm, int source, int tag)
    {
        var backoff = new Backoff();
        MatchedMessage message;
        while (!TryMatch(comm, source, tag, out message))
            backoff.Wait();
        return message;
    }

    private static MessageStatus ReadStatus(MpiAbi abi, byte* status)
    {
        long length = 0;
        MpiCheck.That(MpiNative.MPI_Get_elements_x(status, abi.Byte, &length), "MPI_Get_elements_x");
        return new MessageStatus(*(int*)(status + abi.SourceOffset), *(int*)(status + abi.TagOffset), length);
    }
}
