namespace PathosHpc;

/// <summary>The root's link to itself: it computes too.</summary>
internal sealed class OwnLink(Action<CoordinatedMap> load, Action<CoordinatedMap, Payload> loadPart, Action<CoordinatedMap, Block, bool> enqueue, Action<CoordinatedMap> forget) : Link
{
    public override double BatchSeconds => RankLink.MessageSeconds;

    public override void Begin(CoordinatedMap map) => load(map);

    public override void SendPart(CoordinatedMap map, Payload part)
    {
        loadPart(map, part);
        if (part.IsGivenAway)
            part.Recycle();
    }

    public override void Send(CoordinatedMap map, Block chunk, bool mayReturn) => enqueue(map, chunk, mayReturn);

    public override void End(CoordinatedMap map) => forget(map);
}
