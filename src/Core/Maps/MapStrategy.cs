namespace PathosHpc;

/// <summary>How the items of a map are dealt to the workers of a pool.</summary>
public enum MapStrategy
{
    /// <summary>Dynamic: each worker gets the next chunk when it has room, so that uneven items even out. The default.</summary>
    WorkerPool,

    /// <summary>Static: each worker gets one run of consecutive items of nearly equal count, in one pass. Finite inputs only.</summary>
    ScatterGather,
}
