namespace PathosHpc;

internal sealed partial class Coordinator
{
    /// <summary>Bytes that travel in one piece to those who deal them out: the first are computed while the next travel, in memory that was used before.</summary>
    private const long LongestBlock = 1 << 20;

    private bool suspectsWait;

    /// <summary>Tells links of maps that have ended, and deals to every link that has room.</summary>
    public void Deal()
    {
        lock (gate)
        {
            EndClosed();
            BeginAhead();
            suspectsWait = AnySuspects();
            for (int i = hungry.Count; i > 0; i--)
            {
                Link link = hungry.Dequeue();
                link.IsQueued = false;
                if (!link.IsRemoved && !link.IsAlone && (suspectsWait ? DealSuspect(link) : DealAll(link)))
                    link.Flush();
            }
        }
    }

    /// <summary>Begins maps whose function is still coming on every link, if there will be items for all: what comes is passed on at once, and not kept.</summary>
    private void BeginAhead()
    {
        foreach (CoordinatedMap map in maps)
        {
            if (!map.GoesAhead || map.Source.Total < Width)
                continue;
            map.GoesAhead = false;
            foreach (Link link in links)
            {
                Share(link, map);
                link.Flush();
            }
        }
    }

    private bool AnySuspects()
    {
        foreach (CoordinatedMap map in maps)
        {
            if (map.Suspects.Count > 0)
                return true;
        }
        return false;
    }

    private void EndClosed()
    {
        foreach (CoordinatedMap map in closing)
        {
            foreach (Link link in links)
            {
                if (!link.Shares.Remove(map.Number))
                    continue;
                link.IsAlone &= link.OutstandingItems > 0;
                link.End(map);
                link.Flush();
                Hungry(link);
            }
        }
        closing.Clear();
    }

    /// <summary>Gives an idle link one item that may kill its rank, and nothing beside it.</summary>
    private bool DealSuspect(Link link)
    {
        if (link.OutstandingItems > 0)
            return false;
        CoordinatedMap map = maps.First(m => m.Suspects.Count > 0);
        Block item = map.Suspects.Dequeue();
        link.IsAlone = true;
        Give(link, map, Share(link, map), item);
        suspectsWait = AnySuspects();
        if (!suspectsWait)
            AllHungry();
        return true;
    }

    private bool DealAll(Link link)
    {
        bool any = false;
        firstMap = maps.Count == 0 ? 0 : (firstMap + 1) % maps.Count;
        for (int i = 0; i < maps.Count; i++)
            any |= DealOne(link, maps[(firstMap + i) % maps.Count]);
        return any;
    }

    private bool DealOne(Link link, CoordinatedMap map)
    {
        bool any = false;
        for (LinkShare? share = link.ShareOf(map.Number); ;)
        {
            long room = Room(link, map, share);
            if (room < 1)
                return any;
            long bytes = link.IsRank ? map.Chunks.MaxBytes : share is null ? LongestBlock : Math.Min(LongestBlock, share.WindowBytes - share.Outstanding.Bytes);
            if (map.Next(room, Math.Max(bytes, 1)) is not { } block)
                return any;
            any = true;
            if (map.Chunks.IsStatic && links.Count > 1)
            {
                GiveToOwners(map, block, link);
                continue;
            }
            share ??= Share(link, map);
            share.LastChunk = block.Count;
            Give(link, map, share, block);
        }
    }

    /// <summary>Items that may be given to a link now.</summary>
    private long Room(Link link, CoordinatedMap map, LinkShare? share)
    {
        if (link.IsRank)
        {
            if (!map.Chunks.IsStatic && share?.Outstanding.Chunks >= map.Chunks.BatchDepth(link.BatchSeconds, map.Remaining))
                return 0;
            if (link.IsStuck && link.OutstandingItems > 0)
                return 0;
            return map.Chunks.NextSize(share ?? new LinkShare(), map.Remaining, Width);
        }
        share ??= Share(link, map);
        if (share.Outstanding.Bytes >= share.WindowBytes)
            return 0;
        long window = share.WindowItems;
        // Others wait for items too: one whose first items happened to be short asks for all there are.
        if (links.Count > 1 && !map.Chunks.IsStatic)
            window = Math.Min(window, Math.Max(2L * link.Width, map.Remaining / 2 * link.Width / Width));
        long room = window - share.Outstanding.Items;
        if (room < window / 4 && share.Outstanding.Items > 0)
            return 0;
        return map.Chunks.FixedSize is { } size ? Math.Max(room / size, share.Outstanding.Items == 0 ? 1 : 0) * size : room;
    }

    /// <summary>Cuts a block along the ranges that ranks own and gives each its own. What belongs to one that computes a suspect goes to
    /// <paramref name="asking"/>: were it given more, its death would be charged to the wrong item.</summary>
    private void GiveToOwners(CoordinatedMap map, Block block, Link asking)
    {
        long total = map.Source.Total ?? throw new InvalidOperationException("A static map needs the length of its input.");
        for (long at = block.First; at < block.End;)
        {
            int owner = WorkPartition.Owner(at, Width, total);
            int count = (int)(Math.Min(block.End, WorkPartition.Start(owner + 1, Width, total)) - at);
            Link link = LinkAt(owner) is { IsAlone: false } its ? its : asking;
            Give(link, map, Share(link, map), block.Slice(at, count));
            link.Flush();
            at += count;
        }
    }

    /// <summary>The link whose ranks include the <paramref name="position"/>-th of those that are there now.</summary>
    private Link LinkAt(int position)
    {
        foreach (Link link in links)
        {
            if (position < link.Width)
                return link;
            position -= link.Width;
        }
        return links[^1];
    }

    private static void Give(Link link, CoordinatedMap map, LinkShare share, Block block)
    {
        share.Outstanding.Add(block);
        link.Send(map, block, map.Chunks.MayReturn && !link.IsAlone);
    }
}
