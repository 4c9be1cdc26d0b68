namespace PathosHpc.Tests;

/// <summary>Answers to <c>mpiexec --version</c>, as the programs gave them.</summary>
public class MpiexecVersionTests
{
    [Fact]
    public void Debians_hydra()
    {
        const string Answer = """
            HYDRA build details:
                Version:                                 4.0.2
                Release Date:                            Thu Apr  7 12:34:45 CDT 2022
                CC:                              gcc -Wdate-time -D_FORTIFY_SOURCE=2
                Configure options:                       '--with-hwloc-prefix=/usr' '--with-device=ch4:ucx'
                Process Manager:                         pmi
                Launchers available:                     ssh rsh fork slurm ll lsf sge manual persist
            """;
        Assert.Equal(new MpiexecVersion(MpiFlavor.Mpich, "Hydra", new Version(4, 0, 2)), MpiexecVersion.Parse(Answer));
    }

    [Theory]
    [InlineData("mpiexec.openmpi (OpenRTE) 4.1.4\n\nReport bugs to http://www.open-mpi.org/community/help/\n", "Open MPI", "4.1.4")]
    [InlineData("mpirun (Open MPI) 5.0.3\n\nReport bugs to https://www.open-mpi.org/community/help/\n", "Open MPI", "5.0.3")]
    [InlineData("mpirun (Open MPI) 6.0.0rc1\n", "Open MPI", "6.0.0")]
    [InlineData("prterun (PRRTE) 3.0.5\n", "PRRTE", "3.0.5")]
    public void Open_mpi(string answer, string product, string version) =>
        Assert.Equal(new MpiexecVersion(MpiFlavor.OpenMpi, product, Version.Parse(version)), MpiexecVersion.Parse(answer));

    [Fact]
    public void Intel_mpi() => Assert.Equal(
        new MpiexecVersion(MpiFlavor.Mpich, "Intel MPI", new Version(2021, 8)),
        MpiexecVersion.Parse("Intel(R) MPI Library for Linux* OS, Version 2021.8 Build 20221129 (id: 339ec755a1)\nCopyright 2003-2022, Intel Corporation.\n"));

    [Theory]
    [InlineData("")]
    [InlineData("slurm-wlm 22.05.8\n")]
    [InlineData("mpiexec: unrecognized option '--version'\n")]
    public void Others_are_not_known(string answer) => Assert.Null(MpiexecVersion.Parse(answer));
}
