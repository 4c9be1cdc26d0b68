namespace PathosHpc;

/// <summary>A chunk that waits on a rank.</summary>
internal readonly struct ChunkToCompute(MapComputer computer, Block chunk, bool mayReturn)
{
    public MapComputer Computer => computer;

    public Block Chunk => chunk;

    public bool MayReturn => mayReturn;
}
