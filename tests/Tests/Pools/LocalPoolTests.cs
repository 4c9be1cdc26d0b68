namespace PathosHpc.Tests;

public sealed class SerialPoolTests : PoolContract
{
    protected override bool IsRemote => false;

    protected override Pool NewPool(int size = 2) => new SerialPool();
}

public sealed class ThreadedPoolTests : PoolContract
{
    protected override bool IsRemote => false;

    protected override Pool NewPool(int size = 2) => new ThreadedPool(size);
}

public sealed class ProcessPoolTests : PoolContract
{
    protected override Pool NewPool(int size = 2) => new ProcessPool(size);
}
