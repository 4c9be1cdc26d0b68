using System.Diagnostics;

namespace PathosHpc;

internal sealed partial class MapComputer<TItem, TResult>
{
    /// <summary>Computes the items of a block several at a time: asynchronous ones overlap, synchronous ones get a thread each.</summary>
    private void ComputeBeside(Block items, Lane lane, State state, ComputeOutput output)
    {
        long began = Stopwatch.GetTimestamp();
        ItemReader<TItem> reader = state.Reader;
        reader.Reset(items);
        var results = new TResult[items.Count];
        var failures = new Exception?[items.Count];
        int begun = 0;
        int workers = Math.Min(Header.Concurrency, items.Count);
        var tasks = new Task[workers];
        for (int w = 0; w < workers; w++)
            tasks[w] = function.IsAsync ? WorkAsync() : Task.Factory.StartNew(Work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        Task.WaitAll(tasks);
        if (!Canceled.IsCancellationRequested)
            HandOver(items, results, failures, lane, state.Run, output, Stopwatch.GetTimestamp() - began);

        bool Take(out int i, out TItem item, out ItemWatch watch)
        {
            (i, item, watch) = (0, default!, null!);
            lock (results)
            {
                while (!Canceled.IsCancellationRequested && begun < items.Count)
                {
                    i = begun++;
                    try
                    {
                        item = reader.Next();
                        watch = lane.EnterBeside(items.First + i);
                        return true;
                    }
                    catch (Exception e)
                    {
                        failures[i] = e;
                    }
                }
                return false;
            }
        }

        void Enter(ItemWatch watch)
        {
            MapContext context = NewContext(lane.Identity);
            context.MoveTo(watch.Index);
            context.CancellationToken = watch.Token;
            MapContext.Current = context;
        }

        void Leave(int i, ItemWatch watch, Exception? failure)
        {
            failures[i] = failure is OperationCanceledException && watch.IsSignalled ? new TimedOutMark() : failure;
            lane.LeaveBeside(watch);
        }

        void Work()
        {
            ApplyCulture();
            while (Take(out int i, out TItem item, out ItemWatch watch))
            {
                Exception? failure = null;
                Enter(watch);
                try
                {
                    results[i] = function.Invoke(item, watch.Token);
                }
                catch (Exception e)
                {
                    failure = e;
                }
                Leave(i, watch, failure);
            }
        }

        async Task WorkAsync()
        {
            while (Take(out int i, out TItem item, out ItemWatch watch))
            {
                Exception? failure = null;
                Enter(watch);
                try
                {
                    results[i] = await function.InvokeAsync(item, watch.Token).ConfigureAwait(false);
                }
                catch (Exception e)
                {
                    failure = e;
                }
                Leave(i, watch, failure);
            }
        }
    }

    private void HandOver(Block items, TResult[] results, Exception?[] failures, Lane lane, ResultRun<TResult> run, ComputeOutput output, long ticks)
    {
        long each = Nanoseconds(ticks) / items.Count;
        run.Begin(items.First, output);
        for (int i = 0; i < results.Length; i++)
        {
            if (failures[i] is not { } failure)
            {
                run.Add(results[i]);
                continue;
            }
            long index = items.First + i;
            run.Flush(each);
            run.Fail(failure is TimedOutMark ? TimedOut(index, lane.Identity) : ItemFailure.Of(index, lane.Identity.Rank, lane.Identity.Node, failure));
        }
        run.Flush(each);
    }

    /// <summary>Stands for an item that heeded the token of its timeout.</summary>
    private sealed class TimedOutMark : Exception;
}
