using System.Diagnostics;

namespace PathosHpc;

/// <summary>Keeps from being computed again what a journal has the result of, and delivers that in its place.</summary>
internal sealed class JournalGate<TItem, TResult>(MapJournal journal, MapRun<TResult> run, PendingDigests pending) : InputGate<TItem>
{
    /// <summary>An input that takes longer for an item is not waited for with results in hand.</summary>
    private static readonly long Patience = Stopwatch.Frequency / 10_000;

    private readonly ItemDigest<TItem> digest = new();
    private JournalEntry loaded;
    private (ulong[] Digests, EncodedBlock Results)? content;
    private long gatheredFirst, gatheredEnd, lastLook;

    public override long DoneBelow(long end) => journal.Index.CountBelow(end);

    public override bool IsDone(long index, TItem item)
    {
        ulong now = digest.Of(item);
        if (journal.Index.Find(index) is not { } entry || !Load(entry))
        {
            pending.Add(index, now);
            return false;
        }
        if (content!.Value.Digests[index - entry.RecordFirst] != now)
        {
            throw new JournalException(journal.Folder, $"The journal in {journal.Folder} holds the result of item {index} for another input: the item has changed since. " +
                "Start the map with the input that it had, or choose another folder for this one.");
        }
        Gather(index);
        return true;
    }

    public override void HandOver()
    {
        if (gatheredEnd > gatheredFirst)
            run.DeliverKnown(content!.Value.Results.Slice(gatheredFirst, (int)(gatheredEnd - gatheredFirst)));
        gatheredFirst = gatheredEnd;
    }

    private bool Load(JournalEntry entry)
    {
        if (entry == loaded)
            return content is not null;
        HandOver();
        (loaded, content) = (entry, journal.Index.Load(entry));
        return content is not null;
    }

    private void Gather(long index)
    {
        if (index != gatheredEnd)
            HandOver();
        if (gatheredEnd == gatheredFirst)
            gatheredFirst = index;
        gatheredEnd = index + 1;
        long now = Stopwatch.GetTimestamp();
        bool isSlow = now - lastLook > Patience;
        lastLook = now;
        if (isSlow || gatheredEnd == loaded.End)
            HandOver();
    }
}
