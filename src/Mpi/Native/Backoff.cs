using System.Diagnostics;
using System.Numerics;

namespace PathosHpc;

/// <summary>How a thread waits for MPI between two looks: it spins while that costs nobody anything, then yields its core, then naps.
/// MPI itself would spin for ever, which with more ranks than cores is 50 to 100 times slower.</summary>
internal struct Backoff
{
    private const int SpinsOfOwnCore = 20_000;
    private const int SpinsOfSharedCore = 20;
    private static readonly long patience = Stopwatch.Frequency / 100;
    private static readonly long longWait = Stopwatch.Frequency / 5;
    private static int spins = SpinsOfOwnCore;

    private readonly long transfer;
    private int looks;
    private long start;

    /// <param name="bytes">Bytes that are to move while one waits: a nap would slow down the transport that this thread drives.</param>
    public Backoff(long bytes) => transfer = (long)(bytes / 100e6 * Stopwatch.Frequency);

    /// <summary>Ranks of this node share its cores; called once, when the world's layout is known.</summary>
    public static void Configure(int localRanks) => spins = localRanks > CoresOfNode() / Math.Max(1, BoundCores()) ? SpinsOfSharedCore : SpinsOfOwnCore;

    /// <summary>Called after each look that found nothing.</summary>
    public void Wait()
    {
        if (++looks < spins)
            return;
        long now = Stopwatch.GetTimestamp();
        if (start == 0)
            start = now;
        long waited = now - start;
        if (waited < patience + transfer)
            Thread.Yield();
        else
            _ = LibC.usleep(waited < longWait + transfer ? 50u : 500u);
    }

    // Open MPI may bind each rank to cores of its own; then ranks times those cores is what the node must have.
    private static int BoundCores() => Affinity() is var mine && mine > 0 && mine < OnlineCores() ? mine : 1;

    private static int CoresOfNode() => Affinity() is var mine && mine > 0 && mine < OnlineCores() ? OnlineCores() : Environment.ProcessorCount;

    private static unsafe int Affinity()
    {
        ulong* mask = stackalloc ulong[128];
        int bytes = LibC.sched_getaffinity(0, 1024, (byte*)mask);
        int cores = 0;
        for (int i = 0; bytes >= 0 && i < 128; i++)
            cores += BitOperations.PopCount(mask[i]);
        return cores;
    }

    private static int OnlineCores() => (int)LibC.sysconf(84);
}
