using System.Diagnostics;
using Xunit;

namespace PathosHpc.Tests;

public sealed class ServedMapTests
{
    private static readonly long Millisecond = Stopwatch.Frequency / 1000;

    /// <summary>Each time the client is told, it takes a core from a rank; told late, it has a result late.</summary>
    [Fact]
    public void Results_wait_for_a_millisecond_or_for_a_part_of_what_their_map_has_taken()
    {
        using var carrier = new TestFrames.Recorder();
        var coordinator = new Coordinator();
        var served = new ServedMap(TestFrames.Function(1), coordinator, carrier);
        coordinator.Open(served.Map);

        Deliver(served, 0);
        served.PassOn(Stopwatch.GetTimestamp() + (2 * Millisecond), all: false);
        Assert.Equal(1, Results(carrier));

        Thread.Sleep(100);
        long before = Stopwatch.GetTimestamp();
        Deliver(served, 1);
        served.PassOn(before + (2 * Millisecond), all: false);
        Assert.Equal(1, Results(carrier));
        served.PassOn(Stopwatch.GetTimestamp() + (9 * Millisecond), all: false);
        Assert.Equal(2, Results(carrier));

        Deliver(served, 2);
        served.PassOn(0, all: true);
        Assert.Equal(3, Results(carrier));
    }

    /// <summary>A root whose every map took 40 KB collected garbage at each 42nd of a series of short ones, which then took six times as long.</summary>
    [Fact]
    public void A_map_of_one_item_takes_little_memory()
    {
        for (int map = 1; map <= 3; map++)
        {
            Frame function = TestFrames.Function(map);
            long before = GC.GetAllocatedBytesForCurrentThread();
            var served = new ServedMap(function, new Coordinator(), null!);
            Deliver(served, 0);
            long taken = GC.GetAllocatedBytesForCurrentThread() - before;
            // What is made once a process is made by the first.
            if (map > 1)
                Assert.InRange(taken, 1, 4_000);
        }
    }

    private static int Results(TestFrames.Recorder carrier) => carrier.All.Count(frame => frame.Kind == FrameKind.Results);

    private static void Deliver(ServedMap served, long index)
    {
        var results = new BlockEncoder<int>();
        results.Add(42);
        served.Deliver(results.Take(index), new RankWork(0, 100));
    }
}
