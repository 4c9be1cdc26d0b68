namespace PathosHpc.Tests;

/// <summary>A link whose ranks live in a <see cref="Simulation"/>: it computes when the simulation says so, and its answers travel as long as that says.</summary>
internal sealed class SimulatedLink(Simulation world) : Link
{
    private readonly HashSet<int> begun = [];

    /// <summary>Chunks that came and are not computed, in their order.</summary>
    public List<Work> Waiting { get; } = [];

    /// <summary>Items that its ranks are at, at most one a rank, and the chunk that each is of unless it was given back.</summary>
    public List<(CoordinatedMap Map, long Index, Work? Chunk)> Running { get; } = [];

    /// <summary>Answers on their way.</summary>
    public Queue<Action> Answers { get; } = new();

    /// <summary>Whether it died; the coordinator may not know it yet.</summary>
    public bool IsDead { get; set; }

    public override void Begin(CoordinatedMap map) =>
        world.Expect(begun.Add(map.Number), $"map {map.Number} began twice on link {FirstRank}");

    public override void Send(CoordinatedMap map, Block chunk, bool mayReturn)
    {
        world.Expect(begun.Contains(map.Number), $"map {map.Number} had not begun on link {FirstRank}");
        world.Expect(chunk.Count > 0, "a chunk is empty");
        if (IsDead)
            return;
        if (IsAlone)
            world.Expect(Waiting.Count == 0 && Running.Count == 0 && chunk.Count == 1 && !mayReturn, $"a suspect on link {FirstRank} is not alone");
        world.CheckDealt(map, chunk, IsAlone);
        Waiting.Add(new Work(map, chunk, mayReturn));
    }

    public override void End(CoordinatedMap map)
    {
        world.Expect(begun.Remove(map.Number), $"map {map.Number} ended on link {FirstRank}, where it had not begun");
        Waiting.RemoveAll(w => w.Map == map);
        Running.RemoveAll(r => r.Map == map);
    }

    /// <summary>A chunk, and how far it is.</summary>
    internal sealed class Work(CoordinatedMap map, Block chunk, bool mayReturn)
    {
        public CoordinatedMap Map => map;

        public bool MayReturn => mayReturn;

        public long Next { get; set; } = chunk.First;

        public long End => chunk.End;
    }
}
