using System.Diagnostics;

namespace PathosHpc;

/// <summary>What every rank runs: a compute thread that moves frames between items, and a service thread that moves them while an item
/// keeps the compute thread. Whoever moves frames holds the baton.</summary>
/// <remarks>Handing work between threads costs more than most messages, so the compute thread drives the links itself whenever it can.
/// The service thread looks every few milliseconds while there is work, less often once items have been short for long, and takes over when an item has not moved
/// meanwhile.</remarks>
internal abstract partial class RankLoop
{
    private const int IdleTicksBeforeSleep = 50;
    private const long LargeFunction = 32 << 20;

    /// <summary>Short chunks that are queued are computed for so long without a look at the links, and answered together.</summary>
    protected virtual long UnpumpedNanoseconds => 20_000;

    /// <summary>What a chunk costs besides its items, generously.</summary>
    private const long ChunkNanoseconds = 500;

    private static readonly TimeSpan ServicePatience = TimeSpan.FromSeconds(2);
    private readonly Fifo<ChunkToCompute> jobs = new();
    private readonly Dictionary<int, MapComputer> computers = [];
    private readonly Dictionary<int, ArrivingMap> arriving = [];
    private readonly ManualResetEventSlim over = new(false);
    private volatile bool ending;
    private volatile bool hasLeft;
    private WeakReference? largeFunction;
    private long collectAt;
    private int collections;
    private long unpumped;
    private volatile int looks;
    private long idleSince;

    /// <summary>Held by whoever moves frames.</summary>
    protected Lock Baton { get; } = new();

    /// <summary>What the compute thread is doing; set before <see cref="Run"/>.</summary>
    protected Lane Lane { get; set; } = null!;

    /// <summary>Where results go. Takes the baton itself.</summary>
    protected abstract ComputeOutput Output { get; }

    protected bool IsEnding => ending;

    /// <summary>How long the compute thread has had nothing to do.</summary>
    protected TimeSpan IdleTime()
    {
        if (idleSince == 0)
            idleSince = Stopwatch.GetTimestamp();
        return Stopwatch.GetElapsedTime(idleSince);
    }

    /// <summary>Moves frames once; takes the baton.</summary>
    /// <returns>Whether anything moved.</returns>
    protected bool PumpOnce()
    {
        lock (Baton)
            return PumpSafely();
    }

    /// <summary>Moves frames once for a compute thread that is inside an item; takes the baton.</summary>
    /// <remarks>Never for one that waits for frames: a chunk that another thread took for it would lie there until its wait has ended. A compute thread
    /// that leaves an item takes the baton before it waits, and so finds what came here.</remarks>
    /// <returns>Whether anything moved.</returns>
    protected bool PumpBesideItem()
    {
        lock (Baton)
            return Lane.IsComputing && PumpSafely();
    }

    /// <summary>Whether there is something to compute, or being computed. Under the baton.</summary>
    protected bool HasWork => jobs.Count > 0 || Lane.IsComputing;

    /// <summary>Chunks that wait to be computed. Under the baton.</summary>
    protected int Queued => jobs.Count;

    /// <summary>Whether what was just computed had better be answered together with what comes next: there is more, and all of it is short.
    /// Under the baton, by the compute thread.</summary>
    protected bool MayGather(RankWork work) => (unpumped += work.BusyNanoseconds) < UnpumpedNanoseconds && jobs.Count > 0;

    /// <summary>Serves until the rank is told to end.</summary>
    public void Run()
    {
        Lane.Boundary = () => PumpOnce();
        var service = new Thread(Serve) { IsBackground = true, Name = "pathos service" };
        service.Start();
        RankLog.TellOfStart();
        while (!ending)
        {
            ChunkToCompute job;
            bool found, moved;
            lock (Baton)
            {
                moved = (jobs.Count == 0 || unpumped >= UnpumpedNanoseconds) && PumpSafely();
                found = jobs.TryDequeue(out job);
            }
            if (largeFunction is not null && Environment.TickCount64 >= collectAt && !HoldsFrames)
                Collect();
            if (found)
                Compute(job.Computer, job.Chunk, job.MayReturn);
            if (found || moved)
                idleSince = 0;
            else if (!ending)
                WaitForFrames(isIdle: true);
        }
        hasLeft = true;
        service.Join(ServicePatience); // it uses what the caller is about to dispose
        Ended();
    }

    /// <summary>Moves frames both ways without waiting. Under the baton.</summary>
    /// <returns>Whether anything moved.</returns>
    protected abstract bool Pump();

    /// <summary>Waits, not long, until frames may have come. Not under the baton.</summary>
    /// <param name="isIdle">Whether no item is being computed meanwhile.</param>
    protected abstract void WaitForFrames(bool isIdle);

    /// <summary>The link that this rank serves is lost.</summary>
    protected abstract void LinkLost(LinkException cause);

    /// <summary>An item heeds no token: this process has to end.</summary>
    protected abstract void LaneLost(LaneVerdict verdict);

    /// <summary>Whether another process takes this one's place when it ends. Otherwise an item of a map that has ended is let run to its end.</summary>
    protected virtual bool MayBeReplaced => true;

    /// <summary>Called once a millisecond or less often, by the service thread, not under the baton.</summary>
    protected virtual void Tick() { }

    /// <summary>A chunk has been computed, or its rest was given back.</summary>
    protected virtual void Computed(Block chunk) { }

    /// <summary>The last thing that <see cref="Run"/> does.</summary>
    protected virtual void Ended() { }

    /// <summary>No more items begin, and <see cref="Run"/> returns. Under the baton.</summary>
    protected void End()
    {
        ending = true;
        jobs.Clear();
        foreach (MapComputer computer in computers.Values)
            computer.Cancel();
        over.Set();
    }

    /// <summary>Whether frames that were received or sent are still in use by the links.</summary>
    protected virtual bool HoldsFrames => false;

    /// <summary>Loads the function of a map. Under the baton.</summary>
    /// <param name="failure">Why it cannot be loaded, or null.</param>
    /// <returns>Whether that is settled: not as long as its large arrays are still to come.</returns>
    protected bool Load(int number, Payload function, out Exception? failure)
    {
        if (function.Length > LargeFunction)
            (largeFunction, collectAt, collections) = (new WeakReference(function), 0, 0);
        return Settle(number, () =>
        {
            var map = new ArrivingMap(number, function);
            arriving[number] = map;
            return map.Computer;
        }, out failure);
    }

    /// <summary>Takes the next part of a function's large arrays. Under the baton.</summary>
    /// <inheritdoc cref="Load"/>
    protected bool LoadPart(int number, Payload part, out Exception? failure)
    {
        failure = null;
        return arriving.TryGetValue(number, out ArrivingMap? map) && Settle(number, () => map.Take(part), out failure);
    }

    private bool Settle(int number, Func<MapComputer?> load, out Exception? failure)
    {
        failure = null;
        try
        {
            if (load() is not { } computer)
                return false;
            computers[number] = computer;
        }
        catch (Exception e)
        {
            failure = e is System.Reflection.TargetInvocationException { InnerException: { } inner } ? inner : e;
        }
        arriving.Remove(number);
        return true;
    }

    /// <summary>Queues a chunk for the compute thread. Under the baton.</summary>
    /// <exception cref="LinkException">Its function has not come whole: nobody would ever compute it.</exception>
    protected void Enqueue(int number, Block chunk, bool mayReturn)
    {
        if (arriving.ContainsKey(number))
            throw new LinkException($"Items of map {number} came ahead of the last part of its function.");
        if (computers.TryGetValue(number, out MapComputer? computer))
            jobs.Enqueue(new ChunkToCompute(computer, chunk, mayReturn));
    }

    /// <summary>A map has ended: its function is forgotten. Under the baton.</summary>
    protected void Forget(int number)
    {
        arriving.Remove(number);
        if (!computers.Remove(number, out MapComputer? computer))
            return;
        computer.Cancel();
        // A line that the map's function began and did not end.
        Console.Out.Flush();
        Console.Error.Flush();
    }

    private void Compute(MapComputer computer, Block chunk, bool mayReturn)
    {
        if (computer.Canceled.IsCancellationRequested)
            return;
        unpumped += ChunkNanoseconds;
        computer.Compute(chunk, mayReturn, Lane, Output);
        Computed(chunk);
    }

    /// <summary>A large function came as bytes that nobody needs once every rank has them; where items allocate little, they would stay for long.</summary>
    private void Collect()
    {
        const int MostCollections = 5, MillisecondsBetween = 100;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        collectAt = Environment.TickCount64 + MillisecondsBetween;
        if (!largeFunction!.IsAlive || ++collections == MostCollections)
            largeFunction = null;
    }

    private bool PumpSafely()
    {
        try
        {
            unpumped = 0;
            looks++;
            return !ending && Pump();
        }
        catch (LinkException e)
        {
            LinkLost(e);
            return true;
        }
        catch (MalformedPayloadException e)
        {
            LinkLost(new LinkException(e.Message, e));
            return true;
        }
    }
}
