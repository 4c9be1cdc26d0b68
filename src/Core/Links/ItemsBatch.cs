namespace PathosHpc;

/// <summary>Short chunks for one rank that leave in one frame. Each stays a chunk of its own, dealt, computed and answered by itself; what they share is the
/// message, which costs several times what such a chunk does.</summary>
internal sealed class ItemsBatch(Carrier carrier)
{
    /// <summary>A longer chunk, or its results, is better not copied.</summary>
    public const int LongestChunk = 512;

    /// <summary>Receivers take messages up to here at once.</summary>
    public const int LongestBatch = 3072;

    private readonly PayloadWriter gathered = new(LongestBatch + (2 * LongestChunk));
    private int map;

    /// <summary>Sends a chunk, or keeps it for <see cref="Flush"/>.</summary>
    /// <returns>Whether everything that was sent is on its way.</returns>
    public bool Send(int number, EncodedBlock chunk, bool mayReturn)
    {
        if (chunk.Bytes > LongestChunk)
            return Flush() & MapFrames.SendItems(carrier, number, chunk, mayReturn);
        bool sent = number == map || Flush();
        map = number;
        MapFrames.WriteItems(gathered, chunk, mayReturn);
        return (gathered.Length < LongestBatch || Flush()) && sent;
    }

    /// <summary>Sends what was kept. To be called before anything else is sent.</summary>
    /// <returns>Whether that is on its way.</returns>
    public bool Flush()
    {
        if (gathered.Length == 0)
            return true;
        bool sent = carrier.Send(FrameKind.Items, map, gathered.WrittenSpan, Payload.Empty);
        gathered.Clear();
        return sent;
    }
}
