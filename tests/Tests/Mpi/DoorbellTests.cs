using System.Net.Sockets;

namespace PathosHpc.Tests;

/// <summary>The rings that wake sleeping ranks.</summary>
public sealed class DoorbellTests
{
    [Fact]
    public void A_ring_wakes_every_thread_of_the_rank_that_sleeps()
    {
        using var folder = new TemporaryFolder("bell");
        using var bell = new Doorbell(folder.Path, new RankDirectory(0, [new RankPlace("here", Environment.ProcessId)]));
        bell.FallAsleep(besideItem: false);
        bell.FallAsleep(besideItem: true);
        bell.Ring(0);
        Assert.True(HasRung(bell));

        bell.WakeUp(besideItem: true);

        Assert.True(HasRung(bell), "The thread that woke first took the ring, and the other sleeps on.");
        bell.WakeUp(besideItem: false);
        Assert.False(HasRung(bell));
    }

    [Fact]
    public void Nobody_rings_for_a_rank_that_is_awake()
    {
        using var folder = new TemporaryFolder("bell");
        using var bell = new Doorbell(folder.Path, new RankDirectory(0, [new RankPlace("here", Environment.ProcessId)]));

        bell.Ring(0);

        Assert.False(HasRung(bell));
    }

    [Fact]
    public void What_can_wait_rings_for_an_idle_rank_and_not_for_one_that_computes()
    {
        using var folder = new TemporaryFolder("bell");
        using var bell = new Doorbell(folder.Path, new RankDirectory(0, [new RankPlace("here", Environment.ProcessId)]));

        bell.FallAsleep(besideItem: true);
        bell.RingIdle(0);
        Assert.False(HasRung(bell));

        bell.FallAsleep(besideItem: false);
        bell.RingComputing(0);
        Assert.False(HasRung(bell));
        bell.RingIdle(0);
        Assert.True(HasRung(bell));

        bell.WakeUp(besideItem: false);
        bell.WakeUp(besideItem: true);
        bell.FallAsleep(besideItem: true);
        bell.RingIdle(0);
        Assert.False(HasRung(bell));
        bell.RingComputing(0);
        Assert.True(HasRung(bell));
        bell.WakeUp(besideItem: true);
    }

    private static bool HasRung(Doorbell bell) => bell.Bell.Poll(TimeSpan.Zero, SelectMode.SelectRead);
}
