namespace PathosHpc;

/// <summary>One map of a <see cref="SerialPool"/>: reads an item, computes it, hands its result over.</summary>
internal sealed class SerialLoop<TItem, TResult>(MapRequest<TItem, TResult> request, MapRun<TResult> run)
{
    private const int WatchMilliseconds = 5;
    private readonly int batch = Math.Max(request.Options.ChunkSize ?? 1, request.Options.ConcurrencyPerRank);
    private readonly MapComputer<TItem, TResult> computer = new(0, MapHeader.Of(request, null), request.Function, false);
    private readonly Lane lane = new(RankIdentity.Local(0, 1));
    private readonly InputGate<TItem>? gate = request.GateTo(run);
    private IEnumerator<TItem>? items;
    private long read;

    /// <summary>The run has ended: the item that is being computed no longer matters.</summary>
    public void Cancel() => computer.Cancel();

    /// <summary>Computes the next chunk on this thread; ends the run at the input's end.</summary>
    public void ComputeNext()
    {
        if (run.IsEnded)
            return;
        TItem[] values = Read(out long first, out bool atEnd, out Exception? failure);
        if (values.Length > 0)
        {
            var block = new TypedBlock<TItem>(first, values);
            MapContext? outer = MapContext.Current;
            if (request.Options.ItemTimeout is null)
                computer.Compute(block, false, lane, new RunOutput(run));
            else
                ComputeWatched(block);
            MapContext.Current = outer;
        }
        if (failure is JournalException)
            run.End(failure);
        else if (failure is not null)
            run.InputFailed(failure, read);
        else if (atEnd)
            run.InputEnded(read);
    }

    /// <summary>Reads consecutive items that are to be computed, up to a chunk of them, or up to one whose result is known.</summary>
    private TItem[] Read(out long first, out bool atEnd, out Exception? failure)
    {
        var values = new List<TItem>(batch);
        (first, atEnd, failure) = (read, false, null);
        try
        {
            items ??= request.Items.GetEnumerator();
            bool isDone = false;
            while (values.Count < batch && !isDone && !(atEnd = !items.MoveNext()))
            {
                isDone = gate?.IsDone(read, items.Current) == true;
                if (!isDone)
                    values.Add(items.Current);
                read++;
            }
            if (isDone || atEnd)
                gate?.HandOver();
            if (atEnd)
                items.Dispose();
        }
        catch (Exception e)
        {
            failure = e;
        }
        return [.. values];
    }

    /// <summary>Computes on a thread of its own, which is abandoned when an item outstays its timeout.</summary>
    private void ComputeWatched(TypedBlock<TItem> block)
    {
        for (Block? rest = block; rest is not null && !run.IsEnded;)
        {
            var output = new RunOutput(run);
            var watched = new Lane(lane.Identity);
            Block part = rest;
            var thread = new Thread(() => computer.Compute(part, false, watched, output)) { IsBackground = true, Name = "pathos serial" };
            thread.Start();
            LaneVerdict verdict = default;
            while (!thread.Join(WatchMilliseconds) && !verdict.IsLost)
                verdict = watched.Watch(Environment.TickCount64);
            rest = null;
            if (!verdict.IsLost || !output.Close() || verdict.Failure is not { } failure)
                continue;
            run.Fail(failure);
            if (failure.Index + 1 < part.End)
                rest = part.Slice(failure.Index + 1, (int)(part.End - failure.Index - 1));
        }
    }

    /// <summary>Hands over what a computer makes, until it is abandoned.</summary>
    private sealed class RunOutput(MapRun<TResult> run) : ComputeOutput
    {
        private readonly Lock gate = new();
        private bool closed;

        public bool Close()
        {
            lock (gate)
                return closed = true;
        }

        public override void Results(int map, Block results, RankWork work)
        {
            lock (gate)
            {
                if (!closed)
                    run.Deliver(results, work);
            }
        }

        public override void Failure(int map, ItemFailure failure)
        {
            lock (gate)
            {
                if (!closed)
                    run.Fail(failure);
            }
        }

        public override void Returned(int map, long first, int count) { }
    }
}
