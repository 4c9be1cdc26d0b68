using PathosHpc.Tests;

namespace PathosHpc.ContractRig;

/// <summary>The contract of every pool, kept by the ranks of the world that this program is.</summary>
/// <param name="newPool">Gives a pool of those ranks, which its end leaves as they are.</param>
public sealed class WorldPoolTests(Func<Pool> newPool) : PoolContract
{
    protected override Pool NewPool(int size = 2) => newPool();
}
