namespace PathosHpc.Benchmarks;

/// <summary>A rank: computes its chunks one after the other, and sends the results.</summary>
internal sealed class SimulatedRank(SimulatedHost host, ItemTimes times) : Link
{
    private double busyUntil;

    public override void Begin(CoordinatedMap map) { }

    public override void End(CoordinatedMap map) { }

    public override void Send(CoordinatedMap map, Block chunk, bool mayReturn) => host.Send(chunk.Bytes, () => Take(map, chunk));

    private void Take(CoordinatedMap map, Block chunk)
    {
        double seconds = times.Of(chunk.First, chunk.Count);
        busyUntil = Math.Max(busyUntil, host.Clock.Now) + seconds;
        var work = new RankWork(FirstRank, (long)(seconds * 1e9));
        host.Clock.At(SimulatedHost.Arrival(busyUntil, chunk.Bytes), () => host.Arrive(() => host.Coordinator.Accept(this, map.Number, [new ComputedBlock(chunk, work)])));
    }
}
