namespace PathosHpc.Tests;

/// <summary>Who died first, by texts that the launchers printed when ranks were really killed (MPICH 4.0.2, Open MPI 4.1.4, Slurm 22.05).</summary>
public class MpiRankDeathTests
{
    private const string HydraBox = """

        ===================================================================================
        =   BAD TERMINATION OF ONE OF YOUR APPLICATION PROCESSES
        =   PID 7744 RUNNING AT vm
        =   EXIT CODE: 9
        =   CLEANING UP REMAINING PROCESSES
        =   YOU CAN IGNORE THE BELOW CLEANUP MESSAGES
        ===================================================================================

        """;

    private const string HydraEnd = """

        YOUR APPLICATION TERMINATED WITH THE EXIT STRING: Killed (signal 9)
        This typically refers to a problem with your application.
        Please see the FAQ page for debugging suggestions
        """;

    [Theory]
    [InlineData("[vm] 0,9,0", 1, JobFailureReason.Signal, 9, "vm")]
    [InlineData("[vm] 6,0,9", 0, JobFailureReason.Signal, 6, "vm")]
    [InlineData("[vm] 9,2304,0", 1, JobFailureReason.ExitCode, 9, "vm")]
    [InlineData("[vm] 1280,0,9", 0, JobFailureReason.ExitCode, 5, "vm")]
    [InlineData("[vm] 139,0,9", 0, JobFailureReason.Signal, 11, "vm")]
    [InlineData("[vm] 9,0,9", null, JobFailureReason.Signal, 9, null)]
    [InlineData("[vm] 1280,256,9", null, JobFailureReason.ExitCode, null, null)]
    [InlineData("[a] 0,0\n[b] 9,6", null, JobFailureReason.Signal, 6, "b")]
    public void Hydras_list_of_exit_codes(string codes, int? rank, JobFailureReason reason, int? code, string? node) =>
        Assert.Equal(new RankDeath(rank, reason, code, node), Hydra.FindRankDeath($"{HydraBox}[mpiexec@vm] Exit codes: {codes}{HydraEnd}"));

    [Fact]
    public void Hydras_box_alone_tells_of_a_death_but_not_whose()
    {
        Assert.Equal(new RankDeath(null, JobFailureReason.Unknown, Node: "vm"), Hydra.FindRankDeath(HydraBox + HydraEnd));
        Assert.Null(Hydra.FindRankDeath(HydraBox + HydraEnd)?.Rank);
    }

    [Fact]
    public void Hydras_abort() => Assert.Equal(
        new RankDeath(1, JobFailureReason.ExitCode, 42),
        Hydra.FindRankDeath("rank 0 pid 1\nAbort(42) on node 1 (rank 1 in comm 0): application called MPI_Abort(MPI_COMM_WORLD, 42) - process 1\n"));

    [Theory]
    [InlineData("Rank 2 of 3 ended with exit code 9, which ends all ranks.", 2, 9)]
    [InlineData("Rank 10 of 12 ended its process inside an item, which ends all ranks.", 10, null)]
    [InlineData("Unhandled exception on rank 1 of 4, which ends all ranks: System.Exception: no", 1, null)]
    public void What_the_rank_said_itself_when_the_launcher_says_nothing(string said, int rank, int? code)
    {
        foreach (Launcher launcher in (Launcher[])[Hydra, OpenMpi, new SrunLauncher(MpiFlavor.Mpich)])
            Assert.Equal(new RankDeath(rank, JobFailureReason.ExitCode, code), launcher.FindRankDeath($"hello\n{said}\nbye\n"));
    }

    [Fact]
    public void Hydra_cannot_start_the_program() => Assert.Equal(
        new RankDeath(null, JobFailureReason.LaunchFailure),
        Hydra.FindRankDeath("[proxy:0:0@vm] HYDU_create_process (utils/launch/launch.c:73): execvp error on file /no/such (No such file or directory)\n"));

    [Fact]
    public void A_good_end_tells_of_no_death()
    {
        Assert.Null(Hydra.FindRankDeath("hello\n[mpiexec@vm] Exit codes: [vm] 0,0\n"));
        Assert.Null(Hydra.FindRankDeath("[mpiexec@vm] Exit codes: [localhost] 0,0\n[127.0.0.1] 0,0\n"));
        Assert.Null(OpenMpi.FindRankDeath("process rank 1 says hello\n"));
        Assert.Null(new SrunLauncher(MpiFlavor.Mpich).FindRankDeath("hello\n"));
        Assert.Null(new CommandLauncher("run {ranks}").FindRankDeath(HydraBox));
    }

    [Fact]
    public void The_list_of_exit_codes_is_chatter()
    {
        Assert.True(Hydra.IsChatter("[mpiexec@vm] Exit codes: [vm] 0,0"));
        Assert.False(Hydra.IsChatter("my Exit codes: [vm] 0,0"));
        Assert.False(OpenMpi.IsChatter("[mpiexec@vm] Exit codes: [vm] 0,0"));
    }

    [Fact]
    public void Open_mpi_names_the_rank_that_a_signal_ended() => Assert.Equal(
        new RankDeath(1, JobFailureReason.Signal, 9, "vm"),
        OpenMpi.FindRankDeath("""
            --------------------------------------------------------------------------
            Primary job  terminated normally, but 1 process returned
            a non-zero exit code. Per user-direction, the job has been aborted.
            --------------------------------------------------------------------------
            --------------------------------------------------------------------------
            mpiexec.openmpi noticed that process rank 1 with PID 0 on node vm exited on signal 9 (Killed).
            --------------------------------------------------------------------------
            """));

    [Fact]
    public void Open_mpi_names_the_rank_that_exited() => Assert.Equal(
        new RankDeath(12, JobFailureReason.ExitCode, 9),
        OpenMpi.FindRankDeath("""
            mpiexec.openmpi detected that one or more processes exited with non-zero status, thus causing
            the job to be terminated. The first process to do so was:

              Process name: [[29035,1],12]
              Exit code:    9
            --------------------------------------------------------------------------
            """));

    [Fact]
    public void Open_mpi_names_the_rank_that_aborted() => Assert.Equal(
        new RankDeath(1, JobFailureReason.ExitCode, 42),
        OpenMpi.FindRankDeath("""
            --------------------------------------------------------------------------
            MPI_ABORT was invoked on rank 1 in communicator MPI_COMM_WORLD
            with errorcode 42.

            NOTE: invoking MPI_ABORT causes Open MPI to kill all MPI processes.
            """));

    [Theory]
    [InlineData("mpiexec.openmpi was unable to launch the specified application as it could not access\nor execute an executable:\n\nExecutable: /no/such\n")]
    [InlineData("There are not enough slots available in the system to satisfy the 3\nslots that were requested by the application:\n")]
    [InlineData("mpiexec.openmpi has detected an attempt to run as root.\n")]
    public void Open_mpi_does_not_start(string output) => Assert.Equal(new RankDeath(null, JobFailureReason.LaunchFailure), OpenMpi.FindRankDeath(output));

    [Theory]
    [InlineData("srun: error: n2: task 3: Exited with exit code 1\n", 3, JobFailureReason.ExitCode, 1, "n2")]
    [InlineData("x\nsrun: error: n2: task 3: Killed\nsrun: error: n1: tasks 0-2: Killed\n", 3, JobFailureReason.Signal, null, "n2")]
    [InlineData("srun: error: n1: tasks 0-2: Killed\n", null, JobFailureReason.Signal, null, "n1")]
    [InlineData("srun: error: task 3 launch failed: Unspecified error\n", 3, JobFailureReason.LaunchFailure, null, null)]
    [InlineData("slurmstepd-n1: error: *** STEP 3.0 ON n1 CANCELLED AT 2026-11-22T08:25:36 DUE TO TIME LIMIT ***\n", null, JobFailureReason.Walltime, null, null)]
    [InlineData("slurmstepd-n1: error: Detected 1 oom-kill event(s) in StepId=3.0. Some\nsrun: error: n1: task 2: Out Of Memory\n", 2, JobFailureReason.OutOfMemory, null, null)]
    public void Sruns_words(string output, int? rank, JobFailureReason reason, int? code, string? node) =>
        Assert.Equal(new RankDeath(rank, reason, code, node), new SrunLauncher(MpiFlavor.OpenMpi).FindRankDeath(output));

    private static MpiexecLauncher Hydra => new("mpiexec", new MpiexecVersion(MpiFlavor.Mpich, "Hydra", new Version(4, 0)), false);

    private static MpiexecLauncher OpenMpi => new("mpiexec", new MpiexecVersion(MpiFlavor.OpenMpi, "Open MPI", new Version(4, 1)), false);
}
