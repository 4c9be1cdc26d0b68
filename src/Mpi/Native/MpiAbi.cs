namespace PathosHpc;

/// <summary>Everything in which the binary interfaces of MPICH, Open MPI and the MPI-5.0 standard differ. Handles are widened to
/// <see cref="nint"/>: MPICH's are 32-bit numbers and ignore the upper half, Open MPI's are addresses, the standard's are small numbers.</summary>
internal sealed record MpiAbi
{
    public required MpiFlavor Flavor { get; init; }

    /// <summary>Bytes of a MPI_Status, and where its fields MPI_SOURCE and MPI_TAG lie.</summary>
    public required int StatusSize { get; init; }
    public required int SourceOffset { get; init; }
    public required int TagOffset { get; init; }

    public required nint CommWorld { get; init; }
    public required nint CommSelf { get; init; }
    public required nint ErrorsReturn { get; init; }

    public required nint Byte { get; init; }
    public required nint Int32 { get; init; }
    public required nint Int64 { get; init; }
    public required nint Float { get; init; }
    public required nint Double { get; init; }

    public required nint Sum { get; init; }
    public required nint Min { get; init; }
    public required nint Max { get; init; }
    public required nint Product { get; init; }

    public required nint InPlace { get; init; }
    public required nint StatusIgnore { get; init; }

    public required int AnySource { get; init; }
    public required int AnyTag { get; init; }
    public required int Undefined { get; init; }
    public required int TagUpperBound { get; init; }
    public required int ThreadMultiple { get; init; }

    public required int ErrorTag { get; init; }
    public required int ErrorCommunicator { get; init; }
    public required int ErrorRank { get; init; }
    public required int ErrorRoot { get; init; }
    public required int ErrorTruncate { get; init; }

    /// <summary>MPICH's column (mpi.h of MPICH 4.0.2; frozen since the MPICH ABI initiative).</summary>
    public static MpiAbi Mpich() => new()
    {
        Flavor = MpiFlavor.Mpich, StatusSize = 20, SourceOffset = 8, TagOffset = 12,
        CommWorld = 0x44000000, CommSelf = 0x44000001, ErrorsReturn = 0x54000001,
        Byte = 0x4c00010d, Int32 = 0x4c000439, Int64 = 0x4c00083a, Float = 0x4c00040a, Double = 0x4c00080b,
        Sum = 0x58000003, Min = 0x58000002, Max = 0x58000001, Product = 0x58000004,
        InPlace = -1, StatusIgnore = 1,
        AnySource = -2, AnyTag = -1, Undefined = -32766, TagUpperBound = 0x64400001,
        ThreadMultiple = 3,
        ErrorTag = 4, ErrorCommunicator = 5, ErrorRank = 6, ErrorRoot = 7, ErrorTruncate = 14,
    };

    /// <summary>Open MPI's column (mpi.h of 4.1.4). Its handles are the addresses of exported variables.</summary>
    /// <param name="address">The address of an exported symbol.</param>
    public static MpiAbi OpenMpi(Func<string, nint> address) => new()
    {
        Flavor = MpiFlavor.OpenMpi, StatusSize = 24, SourceOffset = 0, TagOffset = 4,
        CommWorld = address("ompi_mpi_comm_world"), CommSelf = address("ompi_mpi_comm_self"), ErrorsReturn = address("ompi_mpi_errors_return"),
        Byte = address("ompi_mpi_byte"), Int32 = address("ompi_mpi_int32_t"), Int64 = address("ompi_mpi_int64_t"),
        Float = address("ompi_mpi_float"), Double = address("ompi_mpi_double"),
        Sum = address("ompi_mpi_op_sum"), Min = address("ompi_mpi_op_min"), Max = address("ompi_mpi_op_max"), Product = address("ompi_mpi_op_prod"),
        InPlace = 1, StatusIgnore = 0,
        AnySource = -1, AnyTag = -1, Undefined = -32766, TagUpperBound = 0,
        ThreadMultiple = 3,
        ErrorTag = 4, ErrorCommunicator = 5, ErrorRank = 6, ErrorRoot = 8, ErrorTruncate = 15,
    };

    /// <summary>The MPI-5.0 standard ABI's column (chapter "Application Binary Interface"; ABI version 1.0).</summary>
    public static MpiAbi Standard() => new()
    {
        Flavor = MpiFlavor.Standard, StatusSize = 32, SourceOffset = 0, TagOffset = 4,
        CommWorld = 0x101, CommSelf = 0x102, ErrorsReturn = 0x143,
        Byte = 0x247, Int32 = 0x250, Int64 = 0x258, Float = 0x210, Double = 0x214,
        Sum = 0x21, Min = 0x22, Max = 0x23, Product = 0x24,
        InPlace = 1, StatusIgnore = 0,
        AnySource = -1, AnyTag = -2, Undefined = -32766, TagUpperBound = 501,
        ThreadMultiple = 4096,
        ErrorTag = 4, ErrorCommunicator = 5, ErrorRank = 6, ErrorRoot = 8, ErrorTruncate = 15,
    };
}
