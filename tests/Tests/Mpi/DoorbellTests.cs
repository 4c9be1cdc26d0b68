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
        bell.FallAsleep();
        bell.FallAsleep();
        bell.Ring(0);
        Assert.True(HasRung(bell));

        bell.WakeUp();

        Assert.True(HasRung(bell), "The thread that woke first took the ring, and the other sleeps on.");
        bell.WakeUp();
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

    private static bool HasRung(Doorbell bell) => bell.Bell.Poll(TimeSpan.Zero, SelectMode.SelectRead);
}
