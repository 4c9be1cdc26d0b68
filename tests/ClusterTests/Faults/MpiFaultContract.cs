using PathosHpc.Tests;

namespace PathosHpc.ClusterTests;

/// <summary>What <see cref="MpiPool"/> does when things break, with the ranks of either MPI; here what only it can meet: launchers and libraries.</summary>
public abstract class MpiFaultContract : FaultContract
{
    /// <summary>The mpiexec under test, and that of the other MPI.</summary>
    private protected abstract (string Own, string Other) Mpiexec { get; }

    /// <summary>A library of the other MPI.</summary>
    private protected abstract string OtherLibrary { get; }

    private protected override string ClientKind => Mpiexec.Own;

    private MpiPoolOptions Options => new()
    {
        Ranks = 2,
        Mpiexec = Mpiexec.Own,
        WorkFolder = Scene.Work,
        Environment = new Dictionary<string, string> { [FaultScene.Variable] = Scene.Folder },
        Output = RankOutput.Discard,
    };

    private protected override Pool NewPool(int size = 2, TimeSpan? heartbeat = null) =>
        NewPool(Options with { Ranks = size, HeartbeatTimeout = heartbeat ?? Options.HeartbeatTimeout });

    private protected override Pool NewPoolIn(string folder) => NewPool(Options with { WorkFolder = folder });

    private MpiPool NewPool(MpiPoolOptions options) => Scene.Add(new MpiPool(options));

    [Theory]
    [InlineData("missing", "does not exist")]
    [InlineData("plain", "not executable")]
    [InlineData("stranger", "is not a mpiexec that PathosHpc knows")]
    [InlineData("mute", "has not answered")]
    [InlineData("endless", "is not a mpiexec that PathosHpc knows")]
    [InlineData("unreadable", "cannot be run")]
    public async Task A_launcher_that_is_none(string kind, string says)
    {
        string path = Scene.File(kind);
        string? script = kind switch
        {
            "plain" => "#!/bin/sh\n",
            "stranger" => "#!/bin/sh\necho hello\n",
            "mute" => "#!/bin/sh\nexec sleep 60\n",
            "endless" => "#!/bin/sh\nexec yes\n",
            "unreadable" => "#!/no/such/interpreter\n",
            _ => null,
        };
        if (script is not null)
            Program(kind, script, isExecutable: kind != "plain");
        MpiPool pool = NewPool(Options with { Mpiexec = path });
        var error = await Scene.FailsWithinAsync<JobFailedException>(Limit, () => pool.MapAsync(x => x, (int[])[1]));
        Assert.Equal(JobFailureReason.LaunchFailure, error.Reason);
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_launcher_that_does_not_answer_is_ended_with_the_pool()
    {
        string note = Scene.File("mute.id");
        MpiPool pool = NewPool(Options with { Mpiexec = Program("mute", $"#!/bin/sh\necho $$ > {note}\nexec sleep 60\n") });
        Task<int[]> map = Task.Run(() => pool.MapAsync(x => x, (int[])[1]));
        await Scene.UntilAsync(Limit, () => File.Exists(note) && File.ReadAllText(note).Length > 1, "the launcher's start");
        await Scene.WithinAsync(2, () => pool.DisposeAsync().AsTask());
        await Scene.FailsWithinAsync<ObjectDisposedException>(1, () => map);
        Assert.False(Directory.Exists($"/proc/{(await File.ReadAllTextAsync(note)).Trim()}"));
    }

    [Fact]
    public async Task A_launcher_that_starts_nothing()
    {
        MpiPool pool = NewPool(Options with { Mpiexec = null, Launcher = new CommandLauncher("/bin/true {ranks}") });
        var error = await Scene.FailsWithinAsync<JobFailedException>(Limit, () => pool.MapAsync(x => x, (int[])[1]));
        Assert.Contains("/bin/true", error.Message, StringComparison.Ordinal);
        Assert.Equal(JobFailureReason.LaunchFailure, error.Reason);
    }

    [Fact]
    public async Task Ranks_that_do_not_come_up_in_time()
    {
        MpiPool pool = NewPool(Options with { Mpiexec = null, Launcher = new CommandLauncher($"{Program("slow", "#!/bin/sh\nexec sleep 60\n")} {{ranks}}"), StartTimeout = TimeSpan.FromSeconds(1) });
        var error = await Scene.FailsWithinAsync<JobFailedException>(Limit, () => pool.MapAsync(x => x, (int[])[1]));
        Assert.Contains("StartTimeout", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_library_of_the_other_mpi()
    {
        MpiPool pool = NewPool(Options with { MpiLibrary = OtherLibrary });
        var error = await Scene.FailsWithinAsync<JobFailedException>(Limit, () => pool.MapAsync(x => x, (int[])[1]));
        Assert.Equal(JobFailureReason.LaunchFailure, error.Reason);
        Assert.Contains("world of size 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Singletons_of_a_launcher_that_is_not_known()
    {
        // Two processes that are each a world of their own: what a launcher of another MPI gives.
        const string Loop = "shift; for i in 1 2; do \"$@\" & done; wait";
        MpiPool pool = NewPool(Options with { Mpiexec = null, Launcher = new CommandLauncher($"/bin/sh {Program("launch.sh", Loop)} {{ranks}}") });
        var error = await Scene.FailsWithinAsync<JobFailedException>(Limit, () => pool.MapAsync(x => x, (int[])[1]));
        Assert.Equal(JobFailureReason.LaunchFailure, error.Reason);
        Assert.Contains("another MPI", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/no/such/libmpi.so")]
    [InlineData("/etc/passwd")]
    public async Task A_library_that_is_missing_or_none(string library)
    {
        MpiPool pool = NewPool(Options with { MpiLibrary = library });
        var error = await Scene.FailsWithinAsync<JobFailedException>(Limit, () => pool.MapAsync(x => x, (int[])[1]));
        Assert.Equal(JobFailureReason.LaunchFailure, error.Reason);
        Assert.Contains(library, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_launcher_is_killed()
    {
        Pool pool = NewPool();
        string begun = Scene.File("begun"), once = Scene.File("once");
        Task<int[]> map = Task.Run(() => pool.MapAsync(x =>
        {
            FaultItems.Note(begun, x);
            if (x < 2 && !File.Exists(once))
                FaultItems.Await(once);
            return 2 * x;
        }, Enumerable.Range(0, 40).ToArray(), new MapOptions { ChunkSize = 1 }));
        await Scene.UntilAsync(Limit, () => Scene.Lines("begun").Count >= 2, "both items beginning");
        int launcher = Scene.Launcher();
        IReadOnlyList<int> ranks = Scene.Ranks();
        FaultScene.Signal(launcher, "KILL");
        await Scene.UntilAsync(Limit, () => !Scene.Ranks().Intersect(ranks).Any(), "the end of the ranks");
        await File.WriteAllTextAsync(once, "");
        Assert.Equal(Enumerable.Range(0, 40).Select(x => 2 * x), await Scene.WithinAsync(2 * Limit, () => map));
    }

    [Theory]
    [InlineData("starting")]
    [InlineData("computing")]
    [InlineData("stopped")]
    public async Task Nothing_stays_of_what_the_launcher_made_for_ranks_that_did_not_end_by_themselves(string when)
    {
        string made = Directory.CreateDirectory(Scene.File("made")).FullName, begun = Scene.File("begun");
        MpiPool pool = NewPool(Options with
        {
            Environment = new Dictionary<string, string>(Options.Environment) { ["TMPDIR"] = made, ["OMPI_MCA_btl_vader_backing_directory"] = made },
        });
        Task<int[]> map = Task.Run(() => pool.MapAsync(x =>
        {
            FaultItems.Note(begun, x);
            Thread.Sleep(TimeSpan.FromMinutes(2));
            return x;
        }, (int[])[1, 2]));
        if (when == "starting")
            await Scene.UntilAsync(Limit, () => Scene.Ranks().Count > 0, "the start of a rank");
        else
            await Scene.UntilAsync(Limit, () => Scene.Lines("begun").Count >= 2, "both items beginning");
        if (when == "stopped")
            FaultScene.Signal(Scene.Ranks()[0], "STOP");
        await Scene.WithinAsync(2 * Limit, () => pool.DisposeAsync().AsTask());
        await Scene.FailsWithinAsync<ObjectDisposedException>(1, () => map);
        Assert.DoesNotContain(Directory.EnumerateFiles(made, "*", SearchOption.AllDirectories), file => Path.GetFileName(file).StartsWith("vader", StringComparison.Ordinal));
        Assert.DoesNotContain(Directory.EnumerateDirectories(made, "pid.*", SearchOption.AllDirectories), _ => true);
    }

    [Fact]
    public async Task Ranks_that_cannot_be_started_again_end_the_map()
    {
        MpiPool pool = NewPool(Options with { Restarts = 0 });
        var error = await Scene.FailsWithinAsync<JobFailedException>(Limit, () => pool.MapAsync(x =>
        {
            if (x == 5)
                FaultItems.Die();
            return x;
        }, Enumerable.Range(0, 10).ToArray()));
        // Hydra may lose its own words on the death when another rank, which noticed it, aborts.
        Assert.Contains(error.Reason, new[] { JobFailureReason.Signal, JobFailureReason.Unknown });
    }

    [Fact]
    public async Task Pools_of_ranks_inside_items_of_ranks()
    {
        Pool pool = NewPool();
        (string work, string own, string other) = (Scene.Work, Mpiexec.Own, Mpiexec.Other);
        var marks = new Dictionary<string, string> { [FaultScene.Variable] = Scene.Folder };
        int[] sums = await Scene.WithinAsync(2 * Limit, () => pool.MapAsync(async n =>
        {
            await using var inner = new MpiPool(new MpiPoolOptions { Ranks = 2, Mpiexec = n % 2 == 0 ? own : other, WorkFolder = work, Environment = marks });
            return (await inner.MapAsync(x => x * x, Enumerable.Range(0, n))).Sum();
        }, (int[])[3, 4]));
        Assert.Equal([5, 14], sums);
    }

    /// <summary>A program of the test's own.</summary>
    private string Program(string name, string script, bool isExecutable = true)
    {
        string path = Scene.File(name);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | (isExecutable ? UnixFileMode.UserExecute : UnixFileMode.None);
        using var file = new StreamWriter(path, options);
        file.Write(script);
        return path;
    }
}

/// <summary>With MPICH.</summary>
public sealed class MpichFaultTests : MpiFaultContract
{
    private protected override (string Own, string Other) Mpiexec => ("mpiexec.hydra", "mpiexec.openmpi");

    private protected override string OtherLibrary => "libmpi.so.40";
}

/// <summary>With Open MPI.</summary>
public sealed class OpenMpiFaultTests : MpiFaultContract
{
    private protected override (string Own, string Other) Mpiexec => ("mpiexec.openmpi", "mpiexec.hydra");

    private protected override string OtherLibrary => "libmpich.so.12";
}
