namespace PathosHpc;

/// <summary>The root's link to another rank, over MPI.</summary>
internal sealed class RankLink(MpiCarrier carrier) : Link
{
    public override void Begin(CoordinatedMap map) => carrier.Send(new Frame(FrameKind.Function, map.Number, map.Function!));

    public override void Send(CoordinatedMap map, Block chunk, bool mayReturn) => MapFrames.SendItems(carrier, map.Number, (EncodedBlock)chunk, mayReturn);

    public override void End(CoordinatedMap map) => carrier.Send(new Frame(FrameKind.Cancel, map.Number));

    /// <summary>Sends what belongs to no map.</summary>
    public void Send(Frame frame) => carrier.Send(frame);
}
