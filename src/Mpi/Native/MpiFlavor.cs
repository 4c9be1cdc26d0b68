namespace PathosHpc;

/// <summary>The three binary interfaces that a libmpi can have.</summary>
internal enum MpiFlavor
{
    /// <summary>MPICH and what keeps its ABI: Intel MPI, MVAPICH, Cray.</summary>
    Mpich,
    /// <summary>Open MPI.</summary>
    OpenMpi,
    /// <summary>The standard ABI of MPI 5.0 (libmpi_abi).</summary>
    Standard,
}

/// <summary>Names of flavors as users know them.</summary>
internal static class MpiFlavorNames
{
    public static string Of(MpiFlavor flavor) => flavor switch
    {
        MpiFlavor.Mpich => "MPICH",
        MpiFlavor.OpenMpi => "Open MPI",
        _ => "MPI-5 ABI",
    };
}
