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

    [Fact]
    public void Only_who_has_nothing_to_do_cuts_a_doze_short()
    {
        using var folder = new TemporaryFolder("bell");
        using var bell = new Doorbell(folder.Path, new RankDirectory(0, [new RankPlace("here", Environment.ProcessId)]));

        Assert.False(Dozes(50, bell.Ring, bell.RingIdle, bell.RingComputing));
        Assert.True(Dozes(60_000, bell.RingDozing));
        Assert.False(HasRung(bell));

        bell.FallAsleep(besideItem: true);
        bell.RingDozing(0);
        Assert.True(HasRung(bell));
        bell.WakeUp(besideItem: true);

        bool Dozes(int milliseconds, params Action<int>[] rings)
        {
            bool isCalled = false;
            var dozing = new Thread(() => isCalled = bell.Doze(milliseconds));
            dozing.Start();
            while (!dozing.Join(1))
                Array.ForEach(rings, ring => ring(0));
            return isCalled;
        }
    }

    private static bool HasRung(Doorbell bell) => bell.Bell.Poll(TimeSpan.Zero, SelectMode.SelectRead);
}
