namespace PathosHpc.Examples;

/// <summary>The kinds of pool that the quickstart can run on.</summary>
internal enum PoolKind
{
    Serial,
    Threads,
    Processes,
    Mpi,
}
