namespace PathosHpc.Tests;

/// <summary>The command lines of every launcher.</summary>
public class MpiLauncherTests
{
    private static readonly LaunchRequest three = new() { Ranks = 3, Command = ["dotnet", "a b.dll", "x"] };

    [Fact]
    public void Hydra()
    {
        LaunchCommand command = Mpiexec("Hydra", "4.0.2").Plan(three);
        Assert.Equal(["/m/mpiexec", "-n", "3", "-print-all-exitcodes", "dotnet", "a b.dll", "x"], command.Arguments);
        Assert.Equal("TERM=dumb", Text(command.Environment));
    }

    [Fact]
    public void Hydra_with_everything() => Assert.Equal(
        ["/m/mpiexec", "-n", "3", "-ppn", "2", "-bind-to", "core:4", "-print-all-exitcodes", "-f", "hosts", "true"],
        Mpiexec("Hydra", "4.0.2").Plan(Everything()).Arguments);

    [Fact]
    public void Intel_mpi_gets_no_option_of_mpichs_alone() => Assert.Equal(
        ["/m/mpiexec", "-n", "3", "-ppn", "2", "-f", "hosts", "true"], Mpiexec("Intel MPI", "2021.8").Plan(Everything()).Arguments);

    [Fact]
    public void Open_mpi()
    {
        LaunchCommand command = Mpiexec("Open MPI", "4.1.4").Plan(three);
        Assert.Equal(["/m/mpiexec", "--oversubscribe", "--bind-to", "none", "-n", "3", "-x", "TERM", "dotnet", "a b.dll", "x"], command.Arguments);
        Assert.Equal("OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_btl_base_warn_component_unused=0 TERM=dumb", Text(command.Environment));
    }

    [Fact]
    public void Open_mpi_with_everything_in_a_container()
    {
        LaunchCommand command = Mpiexec("Open MPI", "4.1.4", restricted: true).Plan(Everything());
        Assert.Equal(
            ["/m/mpiexec", "--map-by", "ppr:2:node:PE=4", "--oversubscribe", "--bind-to", "core:overload-allowed", "-n", "3", "-x", "A", "-x", "TERM", "-f", "hosts", "true"],
            command.Arguments);
        Assert.Equal("none", command.Environment["OMPI_MCA_btl_vader_single_copy_mechanism"]);
        Assert.Equal("1", command.Environment["A"]);
    }

    [Fact]
    public void Open_mpi_5_spells_oversubscription_anew()
    {
        LaunchCommand command = Mpiexec("Open MPI", "5.0.3", restricted: true).Plan(three);
        Assert.Equal(["/m/mpiexec", "--map-by", "slot:OVERSUBSCRIBE", "--bind-to", "none", "-n", "3", "-x", "TERM", "dotnet", "a b.dll", "x"], command.Arguments);
        Assert.Equal("1", command.Environment["PRTE_ALLOW_RUN_AS_ROOT_CONFIRM"]);
        Assert.Equal("^cma", command.Environment["OMPI_MCA_smsc"]);
    }

    [Fact]
    public void The_requests_own_variables_win() =>
        Assert.Equal("xterm", Mpiexec("Hydra", "4.0.2").Plan(three with { Environment = new Dictionary<string, string> { ["TERM"] = "xterm" } }).Environment["TERM"]);

    [Fact]
    public void Srun_always_says_how_mpi_starts_and_how_many_cores()
    {
        Assert.Equal(
            ["srun", "--ntasks=3", "--cpus-per-task=1", "--mpi=pmi2", "--kill-on-bad-exit=1", "--unbuffered", "dotnet", "a b.dll", "x"],
            new SrunLauncher(MpiFlavor.Mpich).Plan(three).Arguments);
        Assert.Equal(
            ["srun", "--ntasks=3", "--ntasks-per-node=2", "--cpus-per-task=4", "--mpi=pmix", "--kill-on-bad-exit=1", "--unbuffered", "-f", "hosts", "true"],
            new SrunLauncher(MpiFlavor.OpenMpi).Plan(Everything()).Arguments);
    }

    [Fact]
    public void A_template_is_filled_word_by_word()
    {
        var launcher = new CommandLauncher("aprun -n {ranks} -N {perNode} --d={cores}x", MpiFlavor.Mpich);
        Assert.Equal(["aprun", "-n", "3", "-N", "2", "--d=4x", "-f", "hosts", "true"], launcher.Plan(Everything()).Arguments);
        Assert.Equal(["jsrun", "3", "1", "dotnet", "a b.dll", "x"], new CommandLauncher(" jsrun  {ranks} {cores} ").Plan(three).Arguments);
        Assert.Equal(("aprun", (MpiFlavor?)MpiFlavor.Mpich), (launcher.Name, launcher.Flavor));
    }

    [Fact]
    public void A_template_names_library_and_variables()
    {
        var launcher = new CommandLauncher("aprun -n {ranks}") { MpiLibrary = "/opt/cray/libmpi.so", RankVariable = "ALPS_APP_PE", SizeVariable = "APP_SIZE" };
        LaunchCommand command = launcher.Plan(three);
        Assert.Equal("PATHOS_MPI_LIB=/opt/cray/libmpi.so PATHOS_RANK_VARIABLE=ALPS_APP_PE PATHOS_SIZE_VARIABLE=APP_SIZE", Text(command.Environment));
        string? Rank(string name) => name == "APP_SIZE" ? "3" : name == "ALPS_APP_PE" ? "1" : command.Environment.GetValueOrDefault(name);
        Assert.Equal(new LaunchContext { Size = 3, SizeVariable = "APP_SIZE", Library = "/opt/cray/libmpi.so" }, LaunchContext.Read(Rank));
        // What a rank of that launcher starts by itself is no rank of it.
        Assert.Null(LaunchContext.Read(name => name == "ALPS_APP_PE" ? null : Rank(name)).Size);
    }

    [Fact]
    public void In_a_job_ranks_start_on_its_nodes_and_on_none_that_is_left_out()
    {
        LaunchRequest request = Everything() with { ExtraArguments = [], Environment = new Dictionary<string, string>(), Allocation = new() { HostFile = "/f/hosts", SlotFile = "/f/slots" } };
        LaunchRequest fewer = request with { Allocation = request.Allocation with { LeftOut = ["n3", "n4"] } };
        LaunchRequest byProgram = request with { Allocation = request.Allocation with { RemoteStart = "/f/remote.sh" } };
        Launcher hydra = Mpiexec("Hydra", "4.0.2"), openMpi = Mpiexec("Open MPI", "4.1.4", restricted: true), srun = new SrunLauncher(MpiFlavor.Mpich);
        Assert.Equal("/m/mpiexec -launcher slurm -n 3 -ppn 2 -print-all-exitcodes true", Line(hydra, request));
        Assert.Equal("/m/mpiexec -launcher slurm -f /f/hosts -n 3 -ppn 2 -print-all-exitcodes true", Line(hydra, fewer));
        Assert.Equal("/m/mpiexec -launcher rsh -launcher-exec /f/remote.sh -f /f/hosts -n 3 -ppn 2 -print-all-exitcodes true", Line(hydra, byProgram));
        Assert.Equal("/m/mpiexec --map-by ppr:2:node --bind-to none -n 3 -x TERM true", Line(openMpi, request));
        Assert.Equal("/m/mpiexec --hostfile /f/slots --map-by ppr:2:node --bind-to none -n 3 -x TERM true", Line(openMpi, fewer));
        Assert.Equal("/m/mpiexec --hostfile /f/slots --mca plm rsh --mca plm_rsh_agent /f/remote.sh --map-by ppr:2:node --bind-to none -n 3 -x TERM true", Line(openMpi, byProgram));
        Assert.EndsWith("--unbuffered --nodes=2 --exclude=n3,n4 true", Line(srun, fewer), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("run -n {ranks} -h {nodes}", "braces that stand for nothing")]
    [InlineData("run -n {ranks", "braces that stand for nothing")]
    [InlineData("run -n {{ranks}}", "braces that stand for nothing")]
    [InlineData("run -n 4", "how many ranks")]
    public void A_template_that_means_nothing_is_refused(string template, string why) =>
        Assert.Contains(why, Assert.Throws<ArgumentException>(() => new CommandLauncher(template)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_template_that_needs_what_the_request_does_not_say_is_refused() =>
        Assert.Contains("set RanksPerNode", Assert.Throws<ArgumentException>(() => new CommandLauncher("a {ranks} {perNode}").Plan(three)).Message, StringComparison.Ordinal);

    [Fact]
    public void Requests_that_are_not_sound_are_refused()
    {
        Launcher launcher = Mpiexec("Hydra", "4.0.2");
        Assert.Throws<ArgumentOutOfRangeException>(() => launcher.Plan(three with { Ranks = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => launcher.Plan(three with { RanksPerNode = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => launcher.Plan(three with { CoresPerRank = -1 }));
        Assert.Throws<ArgumentException>(() => launcher.Plan(three with { Command = [] }));
    }

    private static string Line(Launcher launcher, LaunchRequest request) => string.Join(' ', launcher.Plan(request).Arguments);

    private static LaunchRequest Everything() => new()
    {
        Ranks = 3, RanksPerNode = 2, CoresPerRank = 4, Command = ["true"], ExtraArguments = ["-f", "hosts"], Environment = new Dictionary<string, string> { ["A"] = "1" },
    };

    private static MpiexecLauncher Mpiexec(string product, string version, bool restricted = false) =>
        new("/m/mpiexec", new MpiexecVersion(product == "Open MPI" ? MpiFlavor.OpenMpi : MpiFlavor.Mpich, product, Version.Parse(version)), restricted);

    private static string Text(IReadOnlyDictionary<string, string> environment) =>
        string.Join(' ', environment.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}"));
}
