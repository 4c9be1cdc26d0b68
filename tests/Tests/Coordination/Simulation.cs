namespace PathosHpc.Tests;

/// <summary>A coordinator with links and maps whose events come in an order that a seed decides: answers are late, partial, in any order
/// between links; links give back, die and come again; inputs and consumers lag.</summary>
internal sealed class Simulation
{
    private const int MaxSteps = 20_000;
    private const string Killed = "It was killed.";
    private readonly Random random;
    private readonly int seed, links;
    private readonly bool dealsLater;
    private readonly Coordinator coordinator;
    private readonly List<SimulatedLink> alive = [];
    private readonly List<SimulatedMap> maps = [];
    private readonly List<Action> stale = [];
    private readonly HashSet<(int, long)> blamed = [];
    private int deathsLeft, mapsToCome, ranks;
    private bool dealWanted;

    public Simulation(int seed)
    {
        this.seed = seed;
        random = new Random(seed);
        links = random.Next(1, 5);
        deathsLeft = random.Next(6);
        mapsToCome = random.Next(1, 4);
        dealsLater = random.Next(2) == 0;
        coordinator = new Coordinator(dealsLater ? () => dealWanted = true : null);
    }

    /// <summary>Events that took place.</summary>
    public int Steps { get; private set; }

    /// <summary>Links that died.</summary>
    public int Deaths { get; private set; }

    /// <summary>Runs all maps to their end.</summary>
    public void Run()
    {
        while (mapsToCome > 0 || maps.Any(m => !m.IsOver))
        {
            Expect(++Steps < MaxSteps, "it does not end");
            List<Action> possible = [.. Events()];
            bool progresses = possible.Count > 0;
            if (alive.Count < links)
                possible.Add(Join);
            Expect(progresses || alive.Count == 0, "all links are idle, and work is left");
            possible[random.Next(possible.Count)]();
            foreach (SimulatedMap map in maps)
                Expect(map.Window == long.MaxValue || map.LookAhead(map.Map.Taken) >= 0, $"map {map.Map.Number} was read too far ahead");
        }
        Deal();
        foreach (SimulatedMap map in maps)
            CheckEnd(map);
        Expect(alive.All(l => l.Shares.Count == 0), "a share is left of a map that has ended");
    }

    public void Expect(bool holds, string otherwise)
    {
        if (!holds)
            throw new Xunit.Sdk.XunitException($"Simulation of seed {seed}, event {Steps}: {otherwise}.");
    }

    /// <summary>A chunk went to a link: its items are what they say, and its size is allowed.</summary>
    public void CheckDealt(CoordinatedMap map, Block chunk, bool alone)
    {
        ReadOnlySpan<long> items = ((TypedBlock<long>)chunk).Values.Span;
        for (int i = 0; i < items.Length; i++)
            Expect(items[i] == chunk.First + i, $"item {chunk.First + i} was dealt as {items[i]}");
        if (map.Chunks.FixedSize is { } size && alive.All(l => l.IsRank) && !alone)
            Expect(chunk.Count <= size, $"a chunk has {chunk.Count} items, but {size} were fixed");
    }

    private IEnumerable<Action> Events()
    {
        if (mapsToCome > 0)
            yield return OpenMap;
        if (dealWanted)
            yield return Deal;
        foreach (SimulatedMap map in maps)
        {
            if (map.CanFeed)
                yield return () => map.FeedSome(random.Next(1, 40));
            if (map.CanConsume)
                yield return () => map.Consume(random.Next(1, 40));
            if (!map.IsOver && random.Next(500) == 0)
                yield return map.End;
        }
        foreach (SimulatedLink link in alive)
        {
            if (link.Answers.Count > 0)
                yield return () => link.Answers.Dequeue()();
            if (link.Waiting.Count > 0 || link.Running.Count > 0)
                yield return () => Work(link);
            if (deathsLeft > 0 && random.Next(20) == 0)
                yield return () => Kill(link);
        }
        if (stale.Count > 0)
            yield return Late;
    }

    private void OpenMap()
    {
        mapsToCome--;
        var map = new SimulatedMap(this, coordinator.NextNumber(), random);
        maps.Add(map);
        coordinator.Open(map.Map);
        map.EndIfDone();
    }

    private void Deal()
    {
        dealWanted = false;
        coordinator.Deal();
    }

    private void Join()
    {
        bool isRank = links > 1 ? seed % 5 > 0 : seed % 2 == 0;
        var link = new SimulatedLink(this) { FirstRank = ranks, Width = isRank ? 1 : random.Next(1, 4), IsRank = isRank };
        ranks += link.Width;
        alive.Add(link);
        coordinator.Add(link);
    }

    /// <summary>A link begins an item, ends what runs, gives back, or tells what it wants ahead.</summary>
    private void Work(SimulatedLink link)
    {
        if (!link.IsRank && random.Next(8) == 0 && link.Waiting.Count > 0)
        {
            (CoordinatedMap map, long items, long bytes) = (link.Waiting[0].Map, random.Next(1, 200), random.Next(1, 1 << 20));
            link.Answers.Enqueue(() => coordinator.SetWindow(link, map.Number, items, bytes));
        }
        if (link.Running.Count > 0 && (link.Waiting.Count == 0 || link.Running.Count >= link.Width || random.Next(2) == 0))
            Finish(link);
        else
            BeginItem(link);
    }

    private void BeginItem(SimulatedLink link)
    {
        SimulatedLink.Work work = link.Waiting[link.IsRank ? 0 : random.Next(link.Waiting.Count)];
        if (work.MayReturn && link.Running.Count == 0 && random.Next(10) == 0 && work.Next + 1 < work.End)
        {
            (long first, int count) = (work.Next + 1, (int)(work.End - work.Next - 1));
            link.Waiting.Remove(work);
            link.Running.Add((work.Map, work.Next, null));
            link.Answers.Enqueue(() => coordinator.TakeBack(link, work.Map.Number, first, count));
        }
        else
        {
            link.Running.Add((work.Map, work.Next++, work));
            if (work.Next == work.End)
                link.Waiting.Remove(work);
        }
        (CoordinatedMap map, long index, _) = link.Running[^1];
        SimulatedMap its = maps.First(m => m.Map == map);
        if (!its.Killers.Contains(index))
            return;
        its.Deaths[index] = its.Deaths.GetValueOrDefault(index) + 1;
        Lose(link, "An item killed it.", isBlameless: false);
    }

    /// <summary>What runs is done, and with it, at times, more of the chunk behind it; the answer is on its way.</summary>
    private void Finish(SimulatedLink link)
    {
        var begun = link.Running[random.Next(link.Running.Count)];
        link.Running.Remove(begun);
        (CoordinatedMap map, long index, SimulatedLink.Work? chunk) = begun;
        SimulatedMap its = maps.First(m => m.Map == map);
        if (its.Throwing.Contains(index))
        {
            ItemFailure failure = ItemFailure.Of(index, link.FirstRank, "here", new InvalidOperationException("It throws."));
            link.Answers.Enqueue(() => coordinator.Accept(link, map.Number, failure));
            return;
        }
        var runs = new List<ComputedBlock> { new(Results(index, 1), new RankWork(link.FirstRank, random.Next(1, 1_000_000))) };
        SimulatedLink.Work? rest = link.Waiting.Find(w => w == chunk && w.Next == index + 1);
        long until = rest is null ? 0 : Math.Min(rest.End, rest.Next + random.Next(40));
        for (; rest is not null && rest.Next < until && !its.Killers.Contains(rest.Next) && !its.Throwing.Contains(rest.Next); rest.Next++)
            runs.Add(new ComputedBlock(Results(rest.Next, 1), new RankWork(link.FirstRank, 10)));
        if (rest is not null && rest.Next == rest.End)
            link.Waiting.Remove(rest);
        if (random.Next(2) == 0)
            runs = [new ComputedBlock(Results(index, runs.Count), new RankWork(link.FirstRank, random.Next(1, 1_000_000)))];
        link.Answers.Enqueue(() => coordinator.Accept(link, map.Number, runs.ToArray()));
    }

    private static TypedBlock<long> Results(long first, int count) =>
        new(first, Enumerable.Range(0, count).Select(i => SimulatedMap.Value(first + i)).ToArray());

    /// <summary>A link dies of something else than its items; none of them is made to look guilty twice.</summary>
    private void Kill(SimulatedLink link)
    {
        bool blameless = random.Next(2) == 0;
        Arrive(link);
        (int, long)[] atRisk = [.. link.Shares.SelectMany(s => s.Value.Outstanding.Undone().SelectMany(b => Enumerable.Range(0, b.Count).Select(i => (s.Key, b.First + i))))];
        if (!blameless && atRisk.Any(blamed.Contains))
            return;
        if (!blameless)
            blamed.UnionWith(atRisk);
        deathsLeft--;
        Lose(link, Killed, blameless);
    }

    /// <summary>Some of a link's answers come.</summary>
    private void Arrive(SimulatedLink link)
    {
        for (int count = random.Next(link.Answers.Count + 1); count > 0; count--)
            link.Answers.Dequeue()();
    }

    private void Lose(SimulatedLink link, string cause, bool isBlameless)
    {
        Deaths++;
        link.IsDead = true;
        alive.Remove(link);
        if (cause != Killed)
            Arrive(link);
        stale.AddRange(link.Answers);
        bool known = link.Running.Count <= 1 && random.Next(2) == 0;
        bool told = known || random.Next(3) > 0;
        RunningItem[] running = [.. link.Running.Select(r => new RunningItem(link.FirstRank, r.Map.Number, r.Index))];
        coordinator.Remove(link, new LinkLoss(cause, isBlameless, told ? running : null, known));
        coordinator.Remove(link, new LinkLoss(cause, isBlameless, null, false));
    }

    /// <summary>What a link had answered comes when it is lost already: it changes nothing.</summary>
    private void Late()
    {
        Action answer = stale[^1];
        stale.RemoveAt(stale.Count - 1);
        answer();
    }

    private void CheckEnd(SimulatedMap map)
    {
        foreach ((long index, int deaths) in map.Deaths)
            Expect(deaths <= 3, $"item {index} of map {map.Map.Number} was computed {deaths} times and killed each time");
        foreach (long index in map.Failed.Intersect(map.Killers))
            Expect(map.Deaths[index] + (blamed.Contains((map.Map.Number, index)) ? 1 : 0) >= 2, $"item {index} failed after {map.Deaths[index]} deaths");
    }
}
