using System.Diagnostics;

namespace PathosHpc;

internal abstract partial class RankLoop
{
    private const int QuietLooksToWaitLonger = 8, NapMilliseconds = 20;

    /// <summary>A compute thread that looks at the links so often a millisecond is called by nobody: it looks sooner than it could be.</summary>
    private const int OftenLooks = 5;

    private static readonly TimeSpan soon = TimeSpan.FromMicroseconds(50);

    /// <summary>How often the service thread looks, at first and while it stands in for an item; where items have been short for long, half as often. Each look takes the compute thread's core for
    /// some 30 us.</summary>
    protected virtual int LookMilliseconds => 4;

    /// <summary>Sleeps until it is time for the next look.</summary>
    /// <param name="milliseconds">How long that is.</param>
    /// <param name="mayBeCalled">Whether another rank may cut it short that has nothing to do until then.</param>
    /// <returns>Whether one did.</returns>
    protected virtual bool Doze(int milliseconds, bool mayBeCalled)
    {
        Thread.Sleep(milliseconds);
        return false;
    }

    private void Serve()
    {
        WatchUntilEnding();
        // Told to end: an item that still runs is not waited for.
        for (long until = Environment.TickCount64 + 100; !hasLeft && Environment.TickCount64 < until;)
            Thread.Sleep(1);
        if (!hasLeft)
            Ended();
    }

    private void WatchUntilEnding()
    {
        bool mayBeCalled = true;
        for (int idle = 0, quiet = 0; !ending;)
        {
            if (!Lane.IsComputing && ++idle > IdleTicksBeforeSleep)
            {
                // Not woken for an item: most are over before this thread would run, and it would take the core on which their client wakes up.
                over.Wait(NapMilliseconds);
                Tick();
                continue;
            }
            // Whoever waits because an item is long after all waits for an eighth of the time that all were short, at most.
            int milliseconds = Math.Min(LookMilliseconds + quiet / QuietLooksToWaitLonger, 2 * LookMilliseconds);
            long item = Lane.Sequence;
            int looked = looks;
            bool isCalled = Doze(milliseconds, mayBeCalled);
            mayBeCalled = isCalled || looks - looked < OftenLooks * milliseconds;
            Tick();
            if (!Lane.IsComputing)
            {
                quiet = idle > 1 ? 0 : quiet;
                continue;
            }
            idle = 0;
            Lane.Attention = true;
            if (isCalled && !LooksSoon())
                PumpBesideItem();
            quiet = Lane.Sequence - item > 1 && !HoldsFrames ? quiet + 1 : 0;
            long firstPatience = (long)(ChunkPolicy.ReturnSeconds(Lane.Identity.Size) * 1000), patience = firstPatience, since = Environment.TickCount64;
            // The item behind a long one is taken for long from its beginning: whoever waits for an answer would wait for the first milliseconds of each.
            while (!ending && Lane.IsComputing && Lane.Sequence - item <= 1)
            {
                if (Lane.Sequence != item)
                {
                    item++;
                    (since, patience, Lane.Attention) = (Environment.TickCount64, firstPatience, true);
                }
                if (Environment.TickCount64 - since >= patience)
                {
                    GiveBackQueued();
                    patience *= 2;
                }
                PumpBesideItem();
                WaitForFrames(isIdle: false);
                CheckLane();
                Tick();
            }
        }
    }

    /// <summary>Whether the compute thread, whose attention is wanted, comes to the end of an item within moments: it looks at the links itself, then.</summary>
    private bool LooksSoon()
    {
        for (long began = Stopwatch.GetTimestamp(); Lane.Attention && Stopwatch.GetElapsedTime(began) < soon;)
            Thread.SpinWait(20);
        return !Lane.Attention;
    }

    /// <summary>Gives back the chunks that wait behind an item that has taken long already: others may be idle. Shares stay where they are.</summary>
    private void GiveBackQueued()
    {
        lock (Baton)
        {
            for (int i = jobs.Count; i > 0 && Lane.IsComputing && jobs.TryDequeue(out ChunkToCompute job); i--)
            {
                if (job.Computer.Header.Strategy == MapStrategy.ScatterGather)
                    jobs.Enqueue(job);
                else
                    Output.Returned(job.Computer.Number, job.Chunk.First, job.Chunk.Count);
            }
        }
    }

    private void CheckLane()
    {
        if (Lane.Watch(Environment.TickCount64) is { IsLost: true } verdict && (MayBeReplaced || verdict.Failure is not null))
            LaneLost(verdict);
    }
}
