using System.Diagnostics;

namespace PathosHpc;

/// <summary>Stands between whoever delivers results and the run that takes them: a result goes on once it was handed to the operating system.</summary>
/// <remarks>A thread of its own writes, all that has come meanwhile at once, so that a file system that stalls does not stall the threads
/// that links are heard on. A pool without links has its results written where they come.</remarks>
internal sealed class ResultJournal<TResult>
{
    /// <summary>Bytes that may wait to be written before no more items are dealt.</summary>
    private const long MostWaiting = 64 << 20;

    /// <summary>Bytes of results that share a record at most.</summary>
    private const int MostGathered = 64 << 10;

    /// <summary>How long results may stay in the buffer that nobody sees before the map ends.</summary>
    private static readonly TimeSpan UnseenPatience = TimeSpan.FromMilliseconds(50);

    private readonly object gate = new();
    private readonly BlockEncoder<TResult> encoder = new("result");
    private readonly PayloadWriter scratch = new(4096);
    private readonly MapJournal journal;
    private readonly MapRun<TResult> run;
    private readonly bool isInline, isSeenAtEnd;
    private readonly TaskCompletionSource closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private List<JournalAnswer> waiting = [], taken = [];
    private ulong[] digests = new ulong[64];
    private long waitingBytes, gatheredFirst, flushedAt = Stopwatch.GetTimestamp();
    private Action<Exception?>? then;
    private Exception? failure;
    private bool isComplete, hasEnded;

    /// <param name="journal">Where to write.</param>
    /// <param name="run">Where results go on to.</param>
    /// <param name="isInline">Whether results are written by the thread that delivers them.</param>
    public ResultJournal(MapJournal journal, MapRun<TResult> run, bool isInline)
    {
        (this.journal, this.run, this.isInline) = (journal, run, isInline);
        isSeenAtEnd = run is ArrayRun<TResult>;
        if (!isInline)
            new Thread(Work) { IsBackground = true, Name = "pathos journal" }.Start();
    }

    /// <summary>Digests of the items that are being computed.</summary>
    public PendingDigests Digests { get; } = new();

    /// <summary>Whether so much waits to be written that nothing should be dealt.</summary>
    public bool IsBehind => Interlocked.Read(ref waitingBytes) > MostWaiting;

    /// <summary>Completes when others may write the journal.</summary>
    public Task Closed => closed.Task;

    /// <summary>Results came.</summary>
    public void Deliver(Block results, RankWork work) => Take(new JournalAnswer(results, work, null, 0));

    /// <summary>An item failed for good.</summary>
    public void Fail(ItemFailure itemFailure) => Take(new JournalAnswer(null, default, itemFailure, 0));

    /// <summary>What is wrong with an input of <paramref name="total"/> items, if anything.</summary>
    public JournalException? Refusal(long total) => total >= journal.Index.End ? null : new JournalException(journal.Folder,
        $"The journal in {journal.Folder} holds the result of item {journal.Index.End - 1}, but the input has only {total} items now: it has become shorter. " +
        "Start the map with the input that it had, or choose another folder for this one.");

    /// <summary>It is known how many items there are.</summary>
    public void Total(long total) => Take(new JournalAnswer(null, default, null, total));

    /// <summary>Writes what has come, ends the journal, and calls <paramref name="next"/> with what went wrong.</summary>
    /// <param name="complete">Whether every item has been answered.</param>
    /// <param name="next">Called once, by whatever thread.</param>
    public void Close(bool complete, Action<Exception?> next)
    {
        lock (gate)
        {
            (then, isComplete) = (next, complete);
            Monitor.Pulse(gate);
        }
        if (isInline)
            Finish();
    }

    private void Take(JournalAnswer answer)
    {
        if (isInline)
        {
            TakeInline(answer);
            return;
        }
        lock (gate)
        {
            if (hasEnded)
                return;
            waiting.Add(answer);
            Interlocked.Add(ref waitingBytes, answer.Bytes);
            if (waiting.Count == 1)
                Monitor.Pulse(gate);
        }
    }

    private void TakeInline(JournalAnswer answer)
    {
        lock (gate)
        {
            if (hasEnded || failure is not null)
                return;
            try
            {
                Write(answer);
                if (!isSeenAtEnd || Stopwatch.GetElapsedTime(flushedAt) > UnseenPatience)
                {
                    Flush();
                    flushedAt = Stopwatch.GetTimestamp();
                }
            }
            catch (Exception e)
            {
                failure = e;
            }
        }
        if (failure is null)
            PassOn(answer);
        else
            run.End(failure);
    }

    private void Work()
    {
        while (Wait())
        {
            try
            {
                foreach (JournalAnswer answer in taken)
                    Write(answer);
                Flush();
            }
            catch (Exception e)
            {
                failure ??= e;
                run.End(failure);
            }
            bool wasBehind = IsBehind;
            foreach (JournalAnswer answer in taken)
            {
                Interlocked.Add(ref waitingBytes, -answer.Bytes);
                if (failure is null)
                    PassOn(answer);
            }
            taken.Clear();
            if (wasBehind)
                run.Resume();
        }
        Finish();
    }

    /// <summary>Waits for something to write, and takes it; in vain from time to time, so that what was written comes to the disk.</summary>
    /// <returns>False when all is written and the run has ended.</returns>
    private bool Wait()
    {
        lock (gate)
        {
            if (waiting.Count == 0 && then is null)
                Monitor.Wait(gate, JournalWriter.SyncEvery);
            if (waiting.Count == 0 && then is not null)
            {
                hasEnded = true;
                return false;
            }
            (waiting, taken) = (taken, waiting);
            return true;
        }
    }

    private void Write(JournalAnswer answer)
    {
        if (answer.Results is TypedBlock<TResult> typed)
        {
            Gather(typed);
            return;
        }
        WriteGathered();
        if (answer.Results is EncodedBlock encoded)
            WriteResults(encoded);
        else if (answer.Failure is { } itemFailure)
            WriteFailure(itemFailure);
        else if (answer.Total != journal.Index.Total)
            journal.Writer.Add(JournalRecordKind.Total, answer.Total, 0);
    }

    /// <summary>Adds results to those of the items before them, so that items which come one by one share a record.</summary>
    private void Gather(TypedBlock<TResult> results)
    {
        if (gatheredFirst + encoder.Count != results.First || encoder.Bytes > MostGathered)
            WriteGathered();
        if (encoder.Count == 0)
            gatheredFirst = results.First;
        foreach (TResult value in results.Values.Span)
            encoder.Add(value);
    }

    private void WriteGathered()
    {
        if (encoder.Count > 0)
            WriteResults(encoder.Take(gatheredFirst));
    }

    private void Flush()
    {
        WriteGathered();
        journal.Writer.Flush();
    }

    private void WriteResults(EncodedBlock results)
    {
        if (digests.Length < results.Count)
            digests = new ulong[Math.Max(results.Count, 2 * digests.Length)];
        Span<ulong> own = digests.AsSpan(0, results.Count);
        Digests.Take(results.First, own);
        JournalResults.Add(journal.Writer, own, results, scratch);
    }

    private void WriteFailure(ItemFailure itemFailure)
    {
        Digests.Take(itemFailure.Index, digests.AsSpan(0, 1));
        scratch.Clear();
        itemFailure.Write(scratch);
        journal.Writer.Add(JournalRecordKind.Failure, itemFailure.Index, 1, scratch.Detach());
    }

    private void PassOn(JournalAnswer answer)
    {
        if (answer.Results is { } results)
            run.Take(results, answer.Work);
        else if (answer.Failure is { } itemFailure)
            run.Take(itemFailure);
    }

    private void Finish()
    {
        lock (gate)
            hasEnded = true;
        Exception? problem = failure;
        try
        {
            if (problem is null)
                WriteGathered();
            if (isComplete && problem is null && (journal.Writer.HasBegun || !journal.Index.HasEnded))
                journal.Writer.Add(JournalRecordKind.Ended, 0, 0);
        }
        catch (JournalException e)
        {
            problem = e;
        }
        try
        {
            journal.Dispose();
        }
        catch (JournalException e)
        {
            problem ??= e;
        }
        closed.TrySetResult();
        then!(problem);
    }
}
