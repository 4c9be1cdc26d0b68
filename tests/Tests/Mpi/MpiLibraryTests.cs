namespace PathosHpc.Tests;

/// <summary>Which MPI library a process is to use: told by its launcher, by PATHOS_MPI_LIB, or by what is installed.</summary>
public class MpiLibraryTests
{
    [Fact]
    public void Open_mpis_launcher_is_known_by_its_variables()
    {
        LaunchContext context = Read(("OMPI_COMM_WORLD_RANK", "1"), ("OMPI_COMM_WORLD_SIZE", "4"), ("OMPI_COMM_WORLD_LOCAL_SIZE", "2"), ("PMIX_RANK", "1"), ("PATHOS_MPI_LIB", "/x/libmpi.so"));
        Assert.Equal(new LaunchContext { Flavor = MpiFlavor.OpenMpi, Size = 4, SizeVariable = "OMPI_COMM_WORLD_SIZE", LocalSize = 2, Library = "/x/libmpi.so" }, context);
    }

    [Fact]
    public void Hydra_is_known_by_its_variables() =>
        Assert.Equal(new LaunchContext { Flavor = MpiFlavor.Mpich, Size = 8, SizeVariable = "PMI_SIZE", LocalSize = 8 },
            Read(("PMI_RANK", "0"), ("PMI_SIZE", "8"), ("MPI_LOCALNRANKS", "8")));

    [Fact]
    public void A_pmix_server_alone_leaves_the_mpi_open() =>
        Assert.Equal(new LaunchContext { PmixOnly = true, Size = 3, SizeVariable = "SLURM_STEP_NUM_TASKS" }, Read(("PMIX_RANK", "0"), ("SLURM_STEP_NUM_TASKS", "3")));

    [Fact]
    public void Without_a_launcher_nothing_is_expected()
    {
        LaunchContext context = Read(("SLURM_NTASKS", "4"), ("PATHOS_MPI_LIB", ""));
        Assert.Null(context.Flavor);
        Assert.Null(context.Size);
        Assert.Null(context.Library);
    }

    [Fact]
    public void A_size_that_is_no_number_is_not_one() => Assert.Null(Read(("PMI_RANK", "0"), ("PMI_SIZE", "-4x")).Size);

    [Theory]
    [InlineData("libmpi.so.12", "ompi_mpi_comm_world MPI_Init_thread MPI_Abi_get_version", MpiFlavor.OpenMpi)]
    [InlineData("/opt/lib/libmpi_abi.so.0", "MPI_Init_thread MPI_Abi_get_version", MpiFlavor.Standard)]
    [InlineData("/opt/libmpi_abi/libmpich.so.12", "MPI_Init_thread MPI_Abi_get_version", MpiFlavor.Mpich)]
    [InlineData("libmpi.so.40", "MPI_Init_thread", MpiFlavor.Mpich)]
    [InlineData("libm.so.6", "cos", null)]
    public void A_library_is_classified_by_what_it_exports(string path, string symbols, MpiFlavor? flavor) =>
        Assert.Equal(flavor, MpiLibrary.Classify(path, symbols.Split(' ').Contains));

    [Fact]
    public void The_launchers_library_is_tried_first_and_the_standard_abi_last()
    {
        Assert.Equal(["libmpi.so.40", "libmpi.so", "libmpi_abi.so.1", "libmpi_abi.so.0"], MpiLibrary.Candidates(MpiFlavor.OpenMpi, false));
        Assert.Equal("libmpich.so.12", MpiLibrary.Candidates(MpiFlavor.Mpich, false)[0]);
        Assert.Equal("libmpich.so.12", MpiLibrary.Candidates(null, false)[0]);
        Assert.Equal("libmpi.so.40", MpiLibrary.Candidates(null, true)[0]);
    }

    private static LaunchContext Read(params (string Name, string Value)[] variables) =>
        LaunchContext.Read(name => variables.FirstOrDefault(variable => variable.Name == name).Value);
}
