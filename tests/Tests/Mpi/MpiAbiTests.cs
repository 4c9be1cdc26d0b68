namespace PathosHpc.Tests;

/// <summary>The three columns of the ABI table, against the numbers that their headers give.</summary>
public class MpiAbiTests
{
    /// <summary>mpi.h of MPICH 4.0.2.</summary>
    [Fact]
    public void Mpich_has_the_numbers_of_its_header()
    {
        MpiAbi abi = MpiAbi.Mpich();
        Assert.Equal([0x44000000, 0x44000001, 0x54000001], Handles(abi));
        Assert.Equal([0x4c00010d, 0x4c000439, 0x4c00083a, 0x4c00040a, 0x4c00080b], Types(abi));
        Assert.Equal([0x58000003, 0x58000002, 0x58000001, 0x58000004], Operations(abi));
        Assert.Equal((20, 8, 12, -2, -1, -32766, 0x64400001, 3), Integers(abi));
        Assert.Equal((-1, 1), (abi.InPlace, abi.StatusIgnore));
        Assert.Equal((4, 5, 6, 7, 14), Errors(abi));
    }

    /// <summary>mpi.h of the MPI Forum for MPI 5.0, ABI version 1.0.</summary>
    [Fact]
    public void The_standard_abi_has_the_numbers_of_mpi_5()
    {
        MpiAbi abi = MpiAbi.Standard();
        Assert.Equal([0x101, 0x102, 0x143], Handles(abi));
        Assert.Equal([0x247, 0x250, 0x258, 0x210, 0x214], Types(abi));
        Assert.Equal([0x21, 0x22, 0x23, 0x24], Operations(abi));
        Assert.Equal((32, 0, 4, -1, -2, -32766, 501, 4096), Integers(abi));
        Assert.Equal((1, 0), (abi.InPlace, abi.StatusIgnore));
        Assert.Equal((4, 5, 6, 8, 15), Errors(abi));
    }

    /// <summary>mpi.h of Open MPI 4.1.4; its handles are addresses of exported variables.</summary>
    [Fact]
    public void Open_mpi_has_the_addresses_of_its_symbols_and_the_numbers_of_its_header()
    {
        var symbols = new List<string>();
        MpiAbi abi = MpiAbi.OpenMpi(symbol =>
        {
            symbols.Add(symbol);
            return 1000 + symbols.Count;
        });
        nint Address(string symbol) => 1001 + symbols.IndexOf(symbol);
        Assert.Equal(
            [.. ((string[])["ompi_mpi_comm_world", "ompi_mpi_comm_self", "ompi_mpi_errors_return"]).Select(Address)],
            Handles(abi));
        Assert.Equal([.. ((string[])["ompi_mpi_byte", "ompi_mpi_int32_t", "ompi_mpi_int64_t", "ompi_mpi_float", "ompi_mpi_double"]).Select(Address)], Types(abi));
        Assert.Equal([.. ((string[])["ompi_mpi_op_sum", "ompi_mpi_op_min", "ompi_mpi_op_max", "ompi_mpi_op_prod"]).Select(Address)], Operations(abi));
        Assert.Equal((24, 0, 4, -1, -1, -32766, 0, 3), Integers(abi));
        Assert.Equal((1, 0), (abi.InPlace, abi.StatusIgnore));
        Assert.Equal((4, 5, 6, 8, 15), Errors(abi));
    }

    private static nint[] Handles(MpiAbi abi) => [abi.CommWorld, abi.CommSelf, abi.ErrorsReturn];

    private static nint[] Types(MpiAbi abi) => [abi.Byte, abi.Int32, abi.Int64, abi.Float, abi.Double];

    private static nint[] Operations(MpiAbi abi) => [abi.Sum, abi.Min, abi.Max, abi.Product];

    private static (int, int, int, int, int, int, int, int) Integers(MpiAbi abi) =>
        (abi.StatusSize, abi.SourceOffset, abi.TagOffset, abi.AnySource, abi.AnyTag, abi.Undefined, abi.TagUpperBound, abi.ThreadMultiple);

    private static (int, int, int, int, int) Errors(MpiAbi abi) => (abi.ErrorTag, abi.ErrorCommunicator, abi.ErrorRank, abi.ErrorRoot, abi.ErrorTruncate);
}
