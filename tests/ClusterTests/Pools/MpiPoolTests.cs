using PathosHpc.Tests;

namespace PathosHpc.ClusterTests;

/// <summary>The contract of every pool, kept by ranks that MPICH started.</summary>
public sealed class MpichPoolTests : PoolContract
{
    protected override Pool NewPool(int size = 2) => new MpiPool(new MpiPoolOptions { Ranks = size, Mpiexec = "mpiexec.hydra" });
}

/// <summary>The contract of every pool, kept by ranks that Open MPI started.</summary>
public sealed class OpenMpiPoolTests : PoolContract
{
    protected override Pool NewPool(int size = 2) => new MpiPool(new MpiPoolOptions { Ranks = size, Mpiexec = "mpiexec.openmpi" });
}
