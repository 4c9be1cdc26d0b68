using Xunit;

namespace PathosHpc.Tests;

public sealed class ServedMapTests
{
    /// <summary>A root whose every map took 40 KB collected garbage at each 42nd of a series of short ones, which then took six times as long.</summary>
    [Fact]
    public void A_map_of_one_item_takes_little_memory()
    {
        for (int map = 1; map <= 3; map++)
        {
            Frame function = TestFrames.Function(map);
            long before = GC.GetAllocatedBytesForCurrentThread();
            var items = new BlockEncoder<int>();
            items.Add(42);
            var served = new ServedMap(function, new Coordinator(), null!);
            served.Deliver(items.Take(0), new RankWork(0, 100));
            long taken = GC.GetAllocatedBytesForCurrentThread() - before;
            // What is made once a process is made by the first.
            if (map > 1)
                Assert.InRange(taken, 1, 4_000);
        }
    }
}
