namespace PathosHpc;

internal sealed partial class Coordinator
{
    /// <summary>How often an item may be charged with the death of its rank; with the last charge it fails.</summary>
    private const int MaxCharges = 2;

    /// <summary>A link is gone: what it had is dealt again. An item that was computed when its rank died is dealt alone;
    /// one that was alone at the death, or whose rank is known to have died first, is charged with it.</summary>
    public void Remove(Link link, LinkLoss loss)
    {
        var failures = new List<(CoordinatedMap Map, ItemFailure Failure)>();
        lock (gate)
        {
            if (link.IsRemoved || !links.Remove(link))
                return;
            link.IsRemoved = true;
            Width -= link.Width;
            foreach ((int number, LinkShare share) in link.Shares)
            {
                if (Find(number) is { } map)
                    TakeAllBack(link, map, share, loss, failures);
            }
            AllHungry();
        }
        foreach ((CoordinatedMap map, ItemFailure failure) in failures)
            map.Sink.Fail(failure);
        WorkCame();
    }

    private void TakeAllBack(Link link, CoordinatedMap map, LinkShare share, LinkLoss loss, List<(CoordinatedMap, ItemFailure)> failures)
    {
        List<Block> undone = [.. share.Outstanding.Undone()];
        foreach (RunningItem running in loss.IsBlameless ? [] : Running(link, map, undone, loss).ToArray())
        {
            int at = undone.FindIndex(b => running.Index >= b.First && running.Index < b.End);
            if (at < 0)
                continue;
            Block item = CutOut(undone, at, running.Index);
            int charges = map.Charges.GetValueOrDefault(running.Index) + (link.IsAlone || (loss.CulpritIsKnown && loss.Running is not null) ? 1 : 0);
            map.Charges[running.Index] = charges;
            if (charges < MaxCharges)
            {
                map.Suspects.Enqueue(item);
                continue;
            }
            Interlocked.Increment(ref completed);
            failures.Add((map, ItemFailure.Of(running.Index, running.Rank, Environment.MachineName,
                new InvalidOperationException($"the rank died each of the {charges} times that it computed this item. {loss.Cause}"), ItemFailureKind.KilledItsRank)));
        }
        for (int i = undone.Count - 1; i >= 0; i--)
        {
            if (link.IsAlone)
                map.Suspects.Enqueue(undone[i]);
            else
                map.GiveBack(undone[i]);
        }
    }

    /// <summary>The items that may be at fault: what is known to have run, or else all that the link had.</summary>
    private static IEnumerable<RunningItem> Running(Link link, CoordinatedMap map, List<Block> undone, LinkLoss loss) =>
        loss.Running?.Where(r => r.Map == map.Number)
            ?? undone.SelectMany(b => Enumerable.Range(0, b.Count).Select(i => new RunningItem(link.FirstRank, map.Number, b.First + i)));

    /// <summary>Takes one item out of a list of blocks, and gives it as a block of its own.</summary>
    private static Block CutOut(List<Block> blocks, int at, long index)
    {
        Block block = blocks[at];
        blocks.RemoveAt(at);
        if (index + 1 < block.End)
            blocks.Insert(at, block.Slice(index + 1, (int)(block.End - index - 1)));
        if (index > block.First)
            blocks.Insert(at, block.Slice(block.First, (int)(index - block.First)));
        return block.Slice(index, 1);
    }
}
