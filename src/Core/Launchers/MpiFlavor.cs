namespace PathosHpc;

/// <summary>The families of MPI libraries, told apart by their binary interface. A launcher serves the ranks of one of them.</summary>
public enum MpiFlavor
{
    /// <summary>MPICH and what keeps its ABI: Intel MPI, MVAPICH, Cray.</summary>
    Mpich,
    /// <summary>Open MPI.</summary>
    OpenMpi,
    /// <summary>The standard ABI of MPI 5.0 (libmpi_abi).</summary>
    Standard,
}
