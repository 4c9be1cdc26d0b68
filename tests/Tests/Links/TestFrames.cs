namespace PathosHpc.Tests;

/// <summary>Frames as objects, for tests that look at them; the library writes them straight onto carriers.</summary>
internal static class TestFrames
{
    public static Frame Items(int map, EncodedBlock block, bool mayReturn) => Sent(carrier => MapFrames.SendItems(carrier, map, block, mayReturn));

    /// <summary>Short chunks in one frame.</summary>
    public static Frame Items(int map, params (EncodedBlock Block, bool MayReturn)[] chunks) => Sent(carrier =>
    {
        var batch = new ItemsBatch(carrier);
        foreach ((EncodedBlock block, bool mayReturn) in chunks)
            batch.Send(map, block, mayReturn);
        batch.Flush();
    });

    /// <summary>A map's header, without its function.</summary>
    public static Frame Function(int map)
    {
        var writer = new PayloadWriter();
        new MapHeader { Total = 10, ChunkSize = 3, Culture = "en-US", TimeZone = "UTC", Seed = 5, ItemTimeout = TimeSpan.FromSeconds(1) }.Write(writer);
        return new Frame(FrameKind.Function, map, writer.Detach());
    }

    public static Frame Results(int map, EncodedBlock block, RankWork work) => Sent(carrier => MapFrames.SendResults(carrier, map, block, work));

    public static (EncodedBlock Block, bool MayReturn) ReadItems(Frame frame) => MapFrames.ReadItems(frame.Reader());

    public static List<ComputedBlock> ReadResults(Frame frame)
    {
        var runs = new List<ComputedBlock>();
        MapFrames.ReadResults(frame.Reader(), runs);
        return runs;
    }

    public static Payload ToMessage(Frame frame) => MpiFrames.ToMessage(frame.Kind, frame.Map, [], frame.Body);

    private static Frame Sent(Action<Carrier> send)
    {
        using var carrier = new Recorder();
        send(carrier);
        return carrier.Last;
    }

    /// <summary>Keeps what is sent.</summary>
    public sealed class Recorder : Carrier
    {
        public List<Frame> All { get; } = [];

        public Frame Last => All[^1];

        public override long LastHeard => 0;

        public override bool Send(FrameKind kind, int map, ReadOnlySpan<byte> head, Payload tail)
        {
            All.Add(new Frame(kind, map, new Payload([head.ToArray(), .. tail.Segments])));
            return true;
        }

        public override bool Flush() => true;

        public override bool TryReceive(out Frame frame)
        {
            frame = default;
            return false;
        }

        public override void Dispose() { }
    }
}
