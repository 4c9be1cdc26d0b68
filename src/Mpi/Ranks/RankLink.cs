namespace PathosHpc;

/// <summary>The root's link to another rank, over MPI.</summary>
/// <param name="linksInAll">Links of the world, its root's own included.</param>
internal sealed class RankLink(MpiCarrier carrier, int linksInAll) : Link
{
    public override void Begin(CoordinatedMap map)
    {
        carrier.Send(new Frame(FrameKind.Function, map.Number, map.Function!.Start));
        map.Function.Went(linksInAll);
    }

    public override void SendPart(CoordinatedMap map, Payload part) => carrier.Send(new Frame(FrameKind.FunctionPart, map.Number, part));

    public override void Send(CoordinatedMap map, Block chunk, bool mayReturn) => MapFrames.SendItems(carrier, map.Number, (EncodedBlock)chunk, mayReturn);

    public override void End(CoordinatedMap map) => carrier.Send(new Frame(FrameKind.Cancel, map.Number));

    /// <summary>Sends what belongs to no map.</summary>
    public void Send(Frame frame) => carrier.Send(frame);
}
