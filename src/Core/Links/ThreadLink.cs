namespace PathosHpc;

/// <summary>A link to a thread of this process: blocks and results stay objects.</summary>
internal sealed class ThreadLink : Link
{
    private readonly Queue<(CoordinatedMap Map, Block Chunk, bool MayReturn)> queue = new();
    private readonly Coordinator coordinator;
    private bool stopped;
    private volatile bool abandoned;

    public ThreadLink(Coordinator coordinator, RankIdentity identity)
    {
        this.coordinator = coordinator;
        Lane = new Lane(identity);
        new Thread(Work) { IsBackground = true, Name = $"pathos worker {identity.Rank}" }.Start();
    }

    public Lane Lane { get; }

    public override void Begin(CoordinatedMap map) { }

    public override void Send(CoordinatedMap map, Block chunk, bool mayReturn)
    {
        lock (queue)
        {
            queue.Enqueue((map, chunk, mayReturn));
            Monitor.Pulse(queue);
        }
    }

    public override void End(CoordinatedMap map) => ((MapComputer)map.LocalFunction!).Cancel();

    /// <summary>Ends the thread once it is between two chunks.</summary>
    public void Stop()
    {
        lock (queue)
        {
            stopped = true;
            Monitor.Pulse(queue);
        }
    }

    /// <summary>Gives the thread up, wherever it is: what it still makes is dropped.</summary>
    /// <returns>False when it was given up before.</returns>
    public bool Abandon()
    {
        lock (queue)
        {
            if (abandoned)
                return false;
            abandoned = true;
        }
        Stop();
        return true;
    }

    private void Work()
    {
        var output = new Output(this);
        while (true)
        {
            (CoordinatedMap Map, Block Chunk, bool MayReturn) next;
            lock (queue)
            {
                while (!stopped && queue.Count == 0)
                    Monitor.Wait(queue);
                if (stopped)
                    return;
                next = queue.Dequeue();
            }
            var computer = (MapComputer)next.Map.LocalFunction!;
            if (!computer.Canceled.IsCancellationRequested)
                computer.Compute(next.Chunk, next.MayReturn, Lane, output);
        }
    }

    /// <summary>Hands what the thread makes straight to the coordinator.</summary>
    private sealed class Output(ThreadLink link) : ComputeOutput
    {
        public override void Results(int map, Block results, RankWork work)
        {
            Unless(() => link.coordinator.Accept(link, map, [new ComputedBlock(results, work)]));
        }

        public override void Failure(int map, ItemFailure failure)
        {
            Unless(() => link.coordinator.Accept(link, map, failure));
        }

        public override void Returned(int map, long first, int count)
        {
            Unless(() => link.coordinator.TakeBack(link, map, first, count));
        }

        /// <summary>Does it unless the thread was given up, which may happen meanwhile: the watcher may have answered the item by then.</summary>
        private void Unless(Action action)
        {
            try
            {
                if (!link.abandoned)
                    action();
            }
            catch (LinkException) when (link.abandoned)
            {
                // What this thread made came too late.
            }
        }
    }
}
