namespace PathosHpc;

/// <summary>The root's link to another rank, over MPI.</summary>
/// <param name="linksInAll">Links of the world, its root's own included.</param>
internal sealed class RankLink(MpiCarrier carrier, int linksInAll) : Link
{
    /// <summary>There and back between the ranks of a world, twice.</summary>
    public const double MessageSeconds = 20e-6;

    private readonly ItemsBatch batch = new(carrier);

    public override double BatchSeconds => MessageSeconds;

    public override void Begin(CoordinatedMap map)
    {
        Send(new Frame(FrameKind.Function, map.Number, map.Function!.Start));
        map.Function.Went(linksInAll);
    }

    public override void SendPart(CoordinatedMap map, Payload part) => Send(new Frame(FrameKind.FunctionPart, map.Number, part));

    public override void Send(CoordinatedMap map, Block chunk, bool mayReturn) => batch.Send(map.Number, (EncodedBlock)chunk, mayReturn);

    public override void End(CoordinatedMap map) => Send(new Frame(FrameKind.Cancel, map.Number));

    /// <summary>Sends a frame that is no chunk.</summary>
    public void Send(Frame frame)
    {
        batch.Flush();
        carrier.Send(frame);
    }

    public override void Flush() => batch.Flush();
}
