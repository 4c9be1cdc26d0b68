namespace PathosHpc;

/// <summary>The root's link to another rank, over MPI.</summary>
internal sealed class RankLink(MpiPort port, Doorbell bell, int rank) : Link
{
    public override void Begin(CoordinatedMap map) => Send(new Frame(FrameKind.Function, map.Number, map.Function!));

    public override void Send(CoordinatedMap map, Block chunk, bool mayReturn) => Send(MapFrames.Items(map.Number, (EncodedBlock)chunk, mayReturn));

    public override void End(CoordinatedMap map) => Send(new Frame(FrameKind.Cancel, map.Number));

    public void Send(Frame frame)
    {
        port.Send(rank, frame);
        bell.Ring(rank);
    }
}
