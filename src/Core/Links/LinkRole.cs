namespace PathosHpc;

/// <summary>Which side of a link a process is.</summary>
internal enum LinkRole : byte
{
    /// <summary>Deals items and takes results.</summary>
    Client = 1,
    /// <summary>Computes them, or has ranks behind it that do.</summary>
    Worker = 2,
}
