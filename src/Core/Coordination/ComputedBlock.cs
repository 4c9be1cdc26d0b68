namespace PathosHpc;

/// <summary>Results of consecutive items, and what a rank spent on them.</summary>
/// <remarks>A class: collections of structs, even those of the runtime, are compiled anew by every process that uses them.</remarks>
internal sealed record ComputedBlock(Block Block, RankWork Work);
