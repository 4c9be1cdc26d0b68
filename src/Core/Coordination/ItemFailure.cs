namespace PathosHpc;

/// <summary>How an item failed on a rank. The cause stays encoded until someone asks for it, so that levels in between pass it on as it is.</summary>
internal sealed class ItemFailure
{
    private readonly Payload? encodedCause;
    private RemoteFailure? cause;

    private ItemFailure(long index, int rank, ItemFailureKind kind, string node, RemoteFailure? cause, Payload? encodedCause)
        => (Index, Rank, Kind, Node, this.cause, this.encodedCause) = (index, rank, kind, node, cause, encodedCause);

    /// <summary>The item.</summary>
    public long Index { get; }

    /// <summary>The rank that computed it.</summary>
    public int Rank { get; }

    /// <summary>What went wrong.</summary>
    public ItemFailureKind Kind { get; }

    /// <summary>The rank's node.</summary>
    public string Node { get; }

    /// <summary>The exception.</summary>
    public RemoteFailure Cause => cause ??= Decode();

    /// <summary>An item failed in this process.</summary>
    public static ItemFailure Of(long index, int rank, string node, Exception exception, ItemFailureKind kind = ItemFailureKind.Threw) =>
        new(index, rank, kind, node,
            new RemoteFailure(exception.GetType().FullName ?? exception.GetType().Name, exception.Message, exception.ToString(), exception), null);

    public ItemFailedException ToException() => new(Index, Rank, Node,
        Kind == ItemFailureKind.Threw ? $"{Cause.TypeName}: {Cause.Message}" : Cause.Message,
        Kind == ItemFailureKind.Threw ? Cause.Text : null, Cause.Exception);

    /// <summary>What came as the cause; whatever it is, the item has failed, and that is to be told.</summary>
    private RemoteFailure Decode()
    {
        try
        {
            return FailureCodec.Read(new PayloadReader(encodedCause!));
        }
        catch (Exception e)
        {
            var unreadable = new RemoteException("unknown", $"It failed, but what the rank said of the cause cannot be read: {e.Message}", "");
            return new RemoteFailure(unreadable.TypeName, unreadable.Message, unreadable.ToString(), unreadable);
        }
    }

    public void Write(PayloadWriter writer)
    {
        writer.WriteInt64(Index);
        writer.WriteInt32(Rank);
        writer.WriteByte((byte)Kind);
        writer.WriteString(Node);
        if (encodedCause is not null)
            writer.WriteBytes(encodedCause);
        else
            FailureCodec.Write(writer, Cause.Exception);
    }

    public static ItemFailure Read(PayloadReader reader)
    {
        long index = reader.ReadInt64();
        int rank = reader.ReadInt32();
        var kind = (ItemFailureKind)reader.ReadByte();
        string node = reader.ReadString() ?? "";
        return new ItemFailure(index, rank, kind, node, null, reader.ReadPayload(reader.Remaining));
    }
}
