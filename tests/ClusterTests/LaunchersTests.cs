namespace PathosHpc.ClusterTests;

/// <summary>The launchers' command lines, run for real.</summary>
public class LaunchersTests
{
    public static TheoryData<MpiFlavor> Flavors => [MpiFlavor.Mpich, MpiFlavor.OpenMpi];

    [MpiTheory]
    [MemberData(nameof(Flavors))]
    public async Task A_mpiexec_is_asked_whose_it_is(MpiFlavor flavor)
    {
        Launcher launcher = await MpiRun.LauncherAsync(flavor);
        Assert.Equal(flavor, launcher.Flavor);
        Assert.True(Path.IsPathRooted(launcher.Name), launcher.Name);
        Launcher found = await new MpiexecLauncher().ResolveAsync(CancellationToken.None);
        Assert.NotNull(found.Flavor);
        Assert.Same(found, await found.ResolveAsync(CancellationToken.None));
    }

    [MpiTheory]
    [MemberData(nameof(Flavors))]
    public async Task Ranks_get_variables_arguments_and_all_cores(MpiFlavor flavor)
    {
        var variables = new Dictionary<string, string> { ["PATHOS_TEST"] = "a b;$HOME" };
        MpiRunResult result = await RunAsync(flavor, 2, ["sh", "-c", "echo \"$0|$1|$PATHOS_TEST|$TERM|$(nproc)\"", "x y", "'z'"], request => request with { Environment = variables, RanksPerNode = 2 });
        Assert.True(result.ExitCode == 0, result.All);
        string line = $"x y|'z'|a b;$HOME|dumb|{Environment.ProcessorCount}";
        Assert.Equal(2, result.Output.ReplaceLineEndings("\n").Split('\n').Count(found => found == line));
    }

    [MpiTheory]
    [MemberData(nameof(Flavors))]
    public async Task Ranks_are_bound_to_the_cores_that_were_asked_for(MpiFlavor flavor)
    {
        // Twice as many as there are cores.
        MpiRunResult result = await RunAsync(flavor, 2 * Environment.ProcessorCount, ["sh", "-c", "echo cores=$(nproc)"], request => request with { CoresPerRank = 1 });
        Assert.True(result.ExitCode == 0, result.All);
        Assert.Equal(2 * Environment.ProcessorCount, result.Output.Split("cores=1").Length - 1);
    }

    [MpiTheory]
    [InlineData(MpiFlavor.Mpich, "abort", 2, JobFailureReason.ExitCode, 42)]
    [InlineData(MpiFlavor.Mpich, "exit", 2, JobFailureReason.ExitCode, 9)]
    [InlineData(MpiFlavor.Mpich, "kill", 2, JobFailureReason.Signal, 9)]
    [InlineData(MpiFlavor.OpenMpi, "exit", 2, JobFailureReason.ExitCode, 9)]
    [InlineData(MpiFlavor.OpenMpi, "kill", 2, JobFailureReason.Signal, 9)]
    public async Task A_dead_rank_is_told_apart_or_not_named(MpiFlavor flavor, string how, int rank, JobFailureReason reason, int code)
    {
        Launcher launcher = await MpiRun.LauncherAsync(flavor);
        MpiRunResult result = await MpiRun.RigAsync(flavor, 3, ["end", how]);
        RankDeath? death = launcher.FindRankDeath(result.Output + result.Error);
        // Both may lose their own text about an abort on its way; Hydra cannot always tell a killed rank from those that it then killed.
        if (death is { Rank: not null })
            Assert.Equal((rank, reason, (int?)code), (death.Rank, death.Reason, death.Code));
        else if (how == "kill")
            Assert.True(flavor == MpiFlavor.Mpich && death?.Reason == reason, result.All);
        else
            Assert.True(how == "abort" && result.ExitCode == code, result.All);
    }

    [MpiTheory]
    [MemberData(nameof(Flavors))]
    public async Task A_program_that_does_not_exist_is_a_failed_launch(MpiFlavor flavor)
    {
        const int BrokenPipe = 128 + 13;
        MpiRunResult result;
        int runs = 0;
        do
            result = await RunAsync(flavor, 2, ["/no/such/program"], request => request);
        while (flavor == MpiFlavor.Mpich && IsTorn(result) && ++runs < 20);
        Assert.NotEqual(0, result.ExitCode);
        Assert.True((await MpiRun.LauncherAsync(flavor)).FindRankDeath(result.Output + result.Error)?.Reason == JobFailureReason.LaunchFailure, result.All);

        // Hydra's proxy was gone before Hydra had told it all: of the program nothing is printed then, and of the pipe only where its signal is ignored, as in children of .NET.
        static bool IsTorn(MpiRunResult result) => result.ExitCode == BrokenPipe || result.Error.Contains("write error (Broken pipe)", StringComparison.Ordinal);
    }

    /// <summary>A rank starts ranks of its own: it works only because the variables of the outer launcher are removed.</summary>
    [MpiTheory]
    [InlineData(MpiFlavor.Mpich, MpiFlavor.Mpich)]
    [InlineData(MpiFlavor.Mpich, MpiFlavor.OpenMpi)]
    [InlineData(MpiFlavor.OpenMpi, MpiFlavor.Mpich)]
    [InlineData(MpiFlavor.OpenMpi, MpiFlavor.OpenMpi)]
    public async Task A_launcher_works_inside_a_rank(MpiFlavor outer, MpiFlavor inner)
    {
        MpiRunResult result = await MpiRun.RigAsync(outer, 2, ["nested", inner.ToString()]);
        Assert.True(result.ExitCode == 0, result.All);
        Assert.Contains("passed nested on 2 ranks of ", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/no/such/mpiexec", "The launcher '/no/such/mpiexec' does not exist.")]
    [InlineData("/etc", "The launcher '/etc' is a folder.")]
    [InlineData("/etc/passwd", "The launcher '/etc/passwd' is not executable.")]
    [InlineData("no-such-mpiexec", "The launcher 'no-such-mpiexec' is not in PATH.")]
    [InlineData("/bin/true", "'/bin/true' is not a mpiexec that PathosHpc knows")]
    public async Task A_launcher_that_is_none_is_refused(string path, string said)
    {
        var failure = await Assert.ThrowsAsync<JobFailedException>(() => new MpiexecLauncher(path).ResolveAsync(CancellationToken.None));
        Assert.Equal(JobFailureReason.LaunchFailure, failure.Reason);
        Assert.StartsWith(said, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_launcher_that_does_not_answer_is_ended()
    {
        string folder = Directory.CreateTempSubdirectory("pathos-mpiexec-").FullName;
        try
        {
            string script = Path.Combine(folder, "mpiexec"), pid = Path.Combine(folder, "pid");
            File.WriteAllText(script, $"#!/bin/sh\necho $$ > {pid}.new && mv {pid}.new {pid}\nexec sleep 60\n");
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserExecute);
            using var cancellation = new CancellationTokenSource();
            Task<Launcher> asked = new MpiexecLauncher(script).ResolveAsync(cancellation.Token);
            for (int i = 0; i < 500 && !File.Exists(pid); i++)
                await Task.Delay(20);
            string started = File.ReadAllText(pid).Trim();
            Assert.True(Directory.Exists($"/proc/{started}"));
            await cancellation.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
            for (int i = 0; i < 500 && Directory.Exists($"/proc/{started}"); i++)
                await Task.Delay(20);
            Assert.False(Directory.Exists($"/proc/{started}"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<MpiRunResult> RunAsync(MpiFlavor flavor, int ranks, string[] command, Func<LaunchRequest, LaunchRequest> change)
    {
        Launcher launcher = await MpiRun.LauncherAsync(flavor);
        return await MpiRun.RunAsync(launcher.Plan(change(new LaunchRequest { Ranks = ranks, Command = command })), 30);
    }
}
