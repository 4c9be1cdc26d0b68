namespace PathosHpc;

/// <summary>The bodies of the frames that carry a map.</summary>
internal static class MapFrames
{
    [ThreadStatic]
    private static PayloadWriter? scratch;

    /// <summary>Sends items to compute.</summary>
    public static bool SendItems(Carrier carrier, int map, EncodedBlock block, bool mayReturn)
    {
        PayloadWriter head = Head();
        WriteItemsHeader(head, block, mayReturn);
        return carrier.Send(FrameKind.Items, map, head.WrittenSpan, block.Values);
    }

    /// <summary>Writes a chunk behind those that the same frame has.</summary>
    public static void WriteItems(PayloadWriter writer, EncodedBlock block, bool mayReturn)
    {
        WriteItemsHeader(writer, block, mayReturn);
        writer.WriteBytes(block.Values);
    }

    private static void WriteItemsHeader(PayloadWriter writer, EncodedBlock block, bool mayReturn)
    {
        writer.WriteByte(mayReturn ? (byte)1 : (byte)0);
        block.WriteHeader(writer);
    }

    /// <summary>Reads the next chunk of a frame, which may hold several.</summary>
    public static (EncodedBlock Block, bool MayReturn) ReadItems(PayloadReader reader)
    {
        bool mayReturn = reader.ReadByte() != 0;
        return (EncodedBlock.Read(reader), mayReturn);
    }

    /// <summary>Sends a run of results, which are nobody's here from then on.</summary>
    public static bool SendResults(Carrier carrier, int map, EncodedBlock block, RankWork work)
    {
        PayloadWriter head = Head();
        WriteResultsHeader(head, block, work);
        block.Values.GiveAway();
        return carrier.Send(FrameKind.Results, map, head.WrittenSpan, block.Values);
    }

    /// <summary>What stands ahead of each run of results; a frame may hold several runs.</summary>
    public static void WriteResultsHeader(PayloadWriter writer, EncodedBlock block, RankWork work)
    {
        writer.WriteInt32(work.Rank);
        writer.WriteInt64(work.BusyNanoseconds);
        block.WriteHeader(writer);
    }

    /// <summary>Reads the runs of results of a frame into <paramref name="runs"/>.</summary>
    public static void ReadResults(PayloadReader reader, List<ComputedBlock> runs)
    {
        runs.Clear();
        while (reader.Remaining > 0)
        {
            var work = new RankWork(reader.ReadInt32(), reader.ReadInt64());
            runs.Add(new ComputedBlock(EncodedBlock.Read(reader), work));
        }
    }

    public static Frame Failure(int map, ItemFailure failure)
    {
        var writer = new PayloadWriter();
        failure.Write(writer);
        return new Frame(FrameKind.Failure, map, writer.Detach());
    }

    public static Frame Returned(int map, long first, int count)
    {
        var writer = new PayloadWriter();
        writer.WriteInt64(first);
        writer.WriteInt32(count);
        return new Frame(FrameKind.Returned, map, writer.Detach());
    }

    public static (long First, int Count) ReadReturned(Frame frame)
    {
        PayloadReader reader = frame.Reader();
        return (reader.ReadInt64(), reader.ReadInt32());
    }

    public static Frame Credit(int map, long items, long bytes)
    {
        var writer = new PayloadWriter();
        writer.WriteInt64(items);
        writer.WriteInt64(bytes);
        return new Frame(FrameKind.Credit, map, writer.Detach());
    }

    public static (long Items, long Bytes) ReadCredit(Frame frame)
    {
        PayloadReader reader = frame.Reader();
        return (reader.ReadInt64(), reader.ReadInt64());
    }

    /// <summary>The function was loaded, or why not.</summary>
    public static Frame FunctionReady(int map, Exception? failure)
    {
        if (failure is null)
            return new Frame(FrameKind.FunctionReady, map);
        var writer = new PayloadWriter();
        FailureCodec.Write(writer, failure);
        return new Frame(FrameKind.FunctionReady, map, writer.Detach());
    }

    public static Exception? ReadFunctionReady(Frame frame) => frame.Body.Length == 0 ? null : FailureCodec.Read(frame.Reader()).Exception;

    /// <param name="map">The map whose item printed the line; 0 when it is unknown.</param>
    public static Frame Output(int map, RankOutputLine line)
    {
        var writer = new PayloadWriter();
        writer.WriteInt32(line.Rank);
        writer.WriteByte(line.IsError ? (byte)1 : (byte)0);
        writer.WriteString(line.Text);
        return new Frame(FrameKind.Output, map, writer.Detach());
    }

    public static RankOutputLine ReadOutput(Frame frame)
    {
        PayloadReader reader = frame.Reader();
        int rank = reader.ReadInt32();
        bool isError = reader.ReadByte() != 0;
        return new RankOutputLine(rank, reader.ReadString() ?? "", isError);
    }

    /// <summary>A writer for the head of a frame, which is copied as it is sent.</summary>
    private static PayloadWriter Head()
    {
        PayloadWriter writer = scratch ??= new PayloadWriter(4096);
        writer.Clear();
        return writer;
    }
}
