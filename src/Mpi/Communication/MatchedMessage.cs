namespace PathosHpc;

/// <summary>A message that a matched probe took out of the queue: nobody else can receive it, and it must be received once.</summary>
internal readonly unsafe struct MatchedMessage
{
    // Up to here the sender has mostly sent all bytes with the envelope, and receiving them is a copy.
    private const int EagerLength = 4096;

    private readonly nint handle;

    internal MatchedMessage(nint handle, int source, int tag, long length) => (this.handle, Source, Tag, Length) = (handle, source, tag, length);

    /// <summary>The rank that sent it.</summary>
    public int Source { get; }

    /// <summary>Its tag.</summary>
    public int Tag { get; }

    /// <summary>Its length in bytes.</summary>
    public long Length { get; }

    /// <summary>Source, tag and length.</summary>
    public MessageStatus Status => new(Source, Tag, Length);

    /// <summary>Receives it into arrays of its own.</summary>
    public Payload Receive() => Length <= EagerLength ? new Payload(ReceiveArray()) : BeginReceive().Wait();

    /// <summary>Receives it into one new array, which is all that is allocated.</summary>
    public byte[] ReceiveArray()
    {
        byte[] bytes = GC.AllocateUninitializedArray<byte>(checked((int)Length));
        ReceiveInto(bytes);
        return bytes;
    }

    /// <summary>Receives it into <paramref name="bytes"/>, which must have room for <see cref="Length"/> bytes.</summary>
    public void ReceiveInto(Span<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes.Length, Length, nameof(bytes));
        fixed (byte* buffer = bytes)
            ReceiveInto(buffer, (int)Length, MpiEnvironment.Abi.Byte);
    }

    /// <summary>Begins to receive it into arrays of its own.</summary>
    public PendingReceive BeginReceive() => new(handle, Length);

    /// <summary>Receives it into native or pinned memory.</summary>
    internal void ReceiveInto(void* buffer, int count, nint type)
    {
        nint message = handle;
        if (Length <= EagerLength)
        {
            MpiCheck.That(MpiNative.MPI_Mrecv(buffer, count, type, &message, MpiEnvironment.Abi.StatusIgnore), "MPI_Mrecv");
            return;
        }
        nint request = 0;
        MpiCheck.That(MpiNative.MPI_Imrecv(buffer, count, type, &message, &request), "MPI_Imrecv");
        MpiRequest.Wait(&request, "MPI_Imrecv", Length);
    }
}
