namespace PathosHpc.ClusterTests;

/// <summary><see cref="Communicator"/> under the mpiexec of both MPIs: one binary, more ranks than cores.</summary>
public class CommunicatorTests
{
    public static TheoryData<MpiFlavor, int> FlavorsAndSizes => new()
    {
        { MpiFlavor.Mpich, 1 }, { MpiFlavor.Mpich, 2 }, { MpiFlavor.Mpich, 4 }, { MpiFlavor.OpenMpi, 1 }, { MpiFlavor.OpenMpi, 2 }, { MpiFlavor.OpenMpi, 4 },
    };

    [MpiTheory]
    [MemberData(nameof(FlavorsAndSizes))]
    public Task Every_verb_gives_the_right_answer(MpiFlavor flavor, int ranks) => PassesAsync(flavor, ranks, "verbs");

    [MpiTheory]
    [MemberData(nameof(FlavorsAndSizes))]
    public Task Matched_messages_do_not_mix_and_small_ones_allocate_nothing(MpiFlavor flavor, int ranks) => PassesAsync(flavor, ranks, "engine");

    [MpiTheory]
    [InlineData(MpiFlavor.Mpich)]
    [InlineData(MpiFlavor.OpenMpi)]
    public Task Faults_of_managed_code_stay_exceptions_and_children_can_be_started(MpiFlavor flavor) => PassesAsync(flavor, 2, "signals");

    [MpiTheory]
    [InlineData(MpiFlavor.Mpich)]
    [InlineData(MpiFlavor.OpenMpi)]
    public Task Threads_may_map_memory_while_mpi_starts(MpiFlavor flavor) => PassesAsync(flavor, 2, "mapping");

    [LargeMpiTheory]
    [InlineData(MpiFlavor.Mpich)]
    [InlineData(MpiFlavor.OpenMpi)]
    public Task A_message_beyond_2_gib_arrives(MpiFlavor flavor) => PassesAsync(flavor, 2, "large", seconds: 180);

    [MpiTheory]
    [InlineData(MpiFlavor.Mpich)]
    [InlineData(MpiFlavor.OpenMpi)]
    public async Task A_plain_program_ends_clean_by_itself(MpiFlavor flavor)
    {
        MpiRunResult result = await MpiRun.RigAsync(flavor, 3, ["rank"]);
        Assert.True(result.ExitCode == 0, result.All);
        for (int rank = 0; rank < 3; rank++)
            Assert.Contains($"rank {rank} of 3", result.Output, StringComparison.Ordinal);
        Assert.Equal("", result.Error);
        Assert.DoesNotContain('\x1b', result.Output);
    }

    [MpiTheory]
    [InlineData(MpiFlavor.Mpich)]
    [InlineData(MpiFlavor.OpenMpi)]
    public async Task Ranks_may_end_at_different_times(MpiFlavor flavor)
    {
        MpiRunResult result = await MpiRun.RigAsync(flavor, 3, ["end", "late"]);
        Assert.True(result.ExitCode == 0, result.All);
        Assert.Contains("the last rank is done", result.Output, StringComparison.Ordinal);
    }

    [MpiTheory]
    [InlineData(MpiFlavor.Mpich, "exception", 1, "thrown on purpose")]
    [InlineData(MpiFlavor.Mpich, "thread", 1, "thrown on purpose")]
    [InlineData(MpiFlavor.Mpich, "exit", 9, "")]
    [InlineData(MpiFlavor.Mpich, "code", 5, "")]
    [InlineData(MpiFlavor.Mpich, "abort", 42, "")]
    [InlineData(MpiFlavor.Mpich, "kill", null, "")]
    [InlineData(MpiFlavor.OpenMpi, "exception", 1, "thrown on purpose")]
    [InlineData(MpiFlavor.OpenMpi, "thread", 1, "thrown on purpose")]
    [InlineData(MpiFlavor.OpenMpi, "exit", 9, "")]
    [InlineData(MpiFlavor.OpenMpi, "code", 5, "")]
    [InlineData(MpiFlavor.OpenMpi, "abort", 42, "")]
    [InlineData(MpiFlavor.OpenMpi, "kill", null, "")]
    public async Task A_rank_that_fails_ends_the_world(MpiFlavor flavor, string how, int? code, string said)
    {
        MpiRunResult result = await MpiRun.RigAsync(flavor, 3, ["end", how]);
        Assert.True(code is null ? result.ExitCode != 0 : result.ExitCode == code, result.All);
        Assert.True(result.Elapsed < TimeSpan.FromSeconds(30), result.All);
        Assert.Contains(said, result.Error + result.Output, StringComparison.Ordinal);
    }

    [MpiTheory]
    [InlineData(MpiFlavor.Mpich, "libmpi.so.40", "is Open MPI, but this rank was started by the mpiexec of MPICH")]
    [InlineData(MpiFlavor.OpenMpi, "libmpich.so.12", "is MPICH, but this rank was started by the mpiexec of Open MPI")]
    public async Task A_library_of_another_mpi_than_the_launcher_is_refused(MpiFlavor flavor, string library, string said)
    {
        MpiRunResult result = await MpiRun.RigAsync(flavor, 2, ["rank"], environment: new() { ["PATHOS_MPI_LIB"] = library });
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains(said, result.Error + result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("of 1", result.Output, StringComparison.Ordinal);
        Assert.True(result.Elapsed < TimeSpan.FromSeconds(30), result.All);
    }

    /// <summary>MPI_Finalize hangs: here because another rank never comes, on some clusters by itself.</summary>
    [MpiTheory]
    [InlineData(MpiFlavor.Mpich)]
    [InlineData(MpiFlavor.OpenMpi)]
    public async Task A_finalize_that_hangs_is_given_up(MpiFlavor flavor)
    {
        MpiRunResult result = await MpiRun.RigAsync(flavor, 2, ["finalize"], 20);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("finalized: False, in time: True", result.Output, StringComparison.Ordinal);
        Assert.True(result.Elapsed < TimeSpan.FromSeconds(30), result.All);
    }

    /// <summary>What a launcher of the wrong MPI does when nothing tells whose it is: it starts as many worlds of one rank.</summary>
    [MpiTheory]
    [InlineData("libmpi.so.40")]
    [InlineData("libmpich.so.12")]
    public async Task Worlds_of_one_rank_are_refused(string library)
    {
        var environment = new Dictionary<string, string> { ["SLURM_STEP_NUM_TASKS"] = "4", ["PATHOS_MPI_LIB"] = library };
        MpiRunResult result = await MpiRun.RunAsync(new LaunchCommand(["dotnet", MpiRun.Rig, "rank"], environment), 30);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("sees a world of size 1: the launcher belongs to another MPI", result.Error, StringComparison.Ordinal);
    }

    [MpiTheory]
    [InlineData("libmpich.so.12", "MPICH")]
    [InlineData("libmpi.so.40", "Open MPI")]
    public async Task Without_a_launcher_there_is_a_world_of_one_rank(string library, string flavor)
    {
        MpiRunResult result = await MpiRun.RunAsync(new LaunchCommand(["dotnet", MpiRun.Rig, "verbs"], new Dictionary<string, string> { ["PATHOS_MPI_LIB"] = library }), 30);
        Assert.True(result.ExitCode == 0, result.All);
        Assert.Contains($"passed verbs on 1 ranks of {library} ({flavor}", result.Output, StringComparison.Ordinal);
    }

    [MpiTheory]
    [InlineData("/no/such/libmpi.so")]
    [InlineData("libm.so.6")]
    public async Task A_library_that_is_none_is_refused(string library)
    {
        MpiRunResult result = await MpiRun.RunAsync(new LaunchCommand(["dotnet", MpiRun.Rig, "rank"], new Dictionary<string, string> { ["PATHOS_MPI_LIB"] = library }), 30);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains($"PATHOS_MPI_LIB names the MPI library '{library}', but it cannot be loaded as one.", result.Error, StringComparison.Ordinal);
    }

    private static async Task PassesAsync(MpiFlavor flavor, int ranks, string test, int seconds = 60)
    {
        MpiRunResult result = await MpiRun.RigAsync(flavor, ranks, [test], seconds);
        Assert.True(result.ExitCode == 0, result.All);
        Assert.Contains($"passed {test} on {ranks} ranks of ", result.Output, StringComparison.Ordinal);
        Assert.Contains(flavor == MpiFlavor.Mpich ? "(MPICH" : "(Open MPI", result.Output, StringComparison.Ordinal);
    }
}
