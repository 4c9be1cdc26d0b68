using System.Diagnostics;
using System.Runtime.Versioning;

namespace PathosHpc.Tests;

/// <summary>The scripts of a job folder, run by bash.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class JobScriptTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pathos script's ").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("plain")]
    [InlineData("")]
    [InlineData("it's")]
    [InlineData("a b\tc\nd\r\n")]
    [InlineData("$HOME `id` \\ \"x\" !1 *?[a] ~ # ; & | > < ( ) { }")]
    [InlineData("-n")]
    [InlineData("A=b")]
    [InlineData("\u0001\u007f\u001b[31m é \ud83d\ude00")]
    public async Task Any_word_arrives_as_it_is(string word)
    {
        var result = await BashAsync("-c", ShellText.Join(["printf", "%s|", word, "end"]));
        Assert.Equal(word + "|end|", result.StandardOutput);
        var first = await BashAsync("-c", "f() { printf %s \"$1\"; }; f " + ShellText.Quote(word));
        Assert.Equal(word, first.StandardOutput);
    }

    [Fact]
    public void A_NUL_is_refused() => Assert.Throws<ArgumentException>(() => ShellText.Quote("a\0b"));

    [Fact]
    public async Task A_rank_on_another_node_gets_the_set_up_and_on_the_first_node_only_the_environment()
    {
        var plan = Plan(new JobSpec { Command = ["true"], Prologue = ["export FROM_PROLOGUE=yes"], Environment = new Dictionary<string, string> { ["VALUE"] = "a,b\n'c'" }, Limits = ["-n 77"] });
        await CreateAsync(new PbsScheduler(), plan);
        string[] rank = [folder + "/rank.sh", "bash", "-c", "printf '%s|%s|%s|%s' \"$FROM_PROLOGUE\" \"$VALUE\" \"$(ulimit -n)\" \"$TMPDIR\""];
        var other = await BashAsync(new Dictionary<string, string> { ["PATHOS_NODE"] = "another-node", ["TMPDIR"] = folder + "/none" }, rank);
        Assert.Equal("yes|a,b\n'c'|77|/tmp", other.StandardOutput);
        var same = await BashAsync(new Dictionary<string, string> { ["PATHOS_NODE"] = File.ReadAllText("/proc/sys/kernel/hostname").Trim(), ["TMPDIR"] = folder }, rank);
        Assert.Equal($"|a,b\n'c'|77|{folder}", same.StandardOutput);
    }

    [Fact]
    public async Task Ranks_that_see_exactly_what_their_job_has_on_a_node_take_a_core_each()
    {
        int all = Environment.ProcessorCount;
        await CreateAsync(new SlurmScheduler(), Plan(new JobSpec { Command = ["true"], Resources = new() { Nodes = 1, RanksPerNode = all } }));
        string allowed = await AllowedAsync([]);
        var taken = new List<int>();
        // As mpiexec.hydra would, over a daemon that srun started.
        for (int rank = 0; rank < all; rank++)
            taken.Add(int.Parse(await AllowedAsync(new() { ["MPI_LOCALRANKID"] = $"{rank}", ["MPI_LOCALNRANKS"] = $"{all}", ["SLURM_LOCALID"] = "0" }, folder + "/rank.sh"), System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(all, taken.Distinct().Count());
        // Nobody can tell which cores are the job's: more ranks, or fewer, than cores that are seen.
        Assert.Equal(allowed, await AllowedAsync(new() { ["OMPI_COMM_WORLD_LOCAL_RANK"] = "0", ["OMPI_COMM_WORLD_LOCAL_SIZE"] = $"{all + 1}" }, folder + "/rank.sh"));
        Assert.Equal(allowed, await AllowedAsync([], folder + "/rank.sh"));
        // Bound already.
        Assert.Equal("0", await AllowedAsync(new() { ["SLURM_LOCALID"] = "1" }, "taskset", "-c", "0", "bash", folder + "/rank.sh"));
    }

    private static async Task<string> AllowedAsync(Dictionary<string, string> variables, params string[] command) =>
        (await BashAsync(variables, ["-c", "\"$@\" /proc/self/status | sed -n 's/^Cpus_allowed_list:[[:space:]]*//p'", "-", .. command, "cat"])).StandardOutput.Trim();

    [Fact]
    public async Task Ranks_whose_job_asked_for_no_memory_share_what_it_has_all_the_same()
    {
        await CreateAsync(new SlurmScheduler(), Plan(new JobSpec { Command = ["true"], Resources = new() { Nodes = 1, RanksPerNode = 4 } }));
        string[] tell = ["bash", "-c", "echo $((DOTNET_GCHeapHardLimit))"];
        var rank = new Dictionary<string, string> { ["SLURM_LOCALID"] = "1" };
        long most = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, limit = long.Parse((await BashAsync(rank, [folder + "/rank.sh", .. tell])).StandardOutput, null);
        Assert.InRange(limit, most / 4 * 0.7, most / 4 * 1.2);
        rank["DOTNET_GCHeapHardLimit"] = "0x1000";
        Assert.Equal("4096\n", (await BashAsync(rank, [folder + "/rank.sh", .. tell])).StandardOutput);
        // Where this user may make a cgroup.
        const string Root = "/sys/fs/cgroup/memory";
        string group = $"{Root}/pathos-{Environment.ProcessId}";
        if (!File.Exists($"{Root}/memory.limit_in_bytes") || (await BashAsync("-c", $"mkdir {group} {group}/job && echo $((64<<20)) >{group}/memory.limit_in_bytes")).ExitCode != 0)
            return;
        try
        {
            var inside = await BashAsync(new Dictionary<string, string> { ["SLURM_LOCALID"] = "1" }, ["-c", $"echo $$ >{group}/job/cgroup.procs; exec bash \"$@\"", "-", folder + "/rank.sh", .. tell]);
            Assert.Equal($"{(64L << 20) / 4 * 85 / 100}\n", inside.StandardOutput);
        }
        finally
        {
            await BashAsync("-c", $"rmdir {group}/job {group}");
        }
    }

    [Fact]
    public async Task A_limit_of_virtual_memory_under_which_the_runtime_cannot_start_is_named()
    {
        await CreateAsync(new SlurmScheduler(), Plan(new JobSpec { Command = ["dotnet", "--list-runtimes"] }));
        await BashAsync(new Dictionary<string, string> { ["SLURM_JOB_ID"] = "5" }, "-c", $"ulimit -v 1000000; bash {ShellText.Quote(folder + "/job.sh")}");
        Assert.Contains("limits each process to 1000000 KiB of virtual memory (ulimit -v), in which .NET cannot start", File.ReadAllText(folder + "/stderr.log"), StringComparison.Ordinal);
        // A soft limit is raised.
        Directory.Delete(folder + "/attempt-1", recursive: true);
        File.Delete(folder + "/claim");
        File.Delete(folder + "/stderr.log");
        await BashAsync(new Dictionary<string, string> { ["SLURM_JOB_ID"] = "5" }, "-c", $"ulimit -S -v 1000000; bash {ShellText.Quote(folder + "/job.sh")}");
        Assert.DoesNotContain("ulimit -v", File.ReadAllText(folder + "/stderr.log"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0,1,2,3", 0, 2, "0,1")]
    [InlineData("0,1,2,3", 1, 2, "2,3")]
    [InlineData("4,5,6,7", 2, 3, "6,7")]
    [InlineData("4,5,6,7", 5, 8, "6")]
    [InlineData("GPU-ab,GPU-cd,GPU-ef,GPU-01", 3, 4, "GPU-01")]
    [InlineData("2", 1, 4, "2")]
    [InlineData("0,1,2,3", 0, 1, "0,1,2,3")]
    public async Task GPUs_are_divided_among_the_ranks_of_a_node_unless_their_launcher_did(string seen, int rank, int ranks, string own)
    {
        await CreateAsync(new SlurmScheduler(), Plan(new JobSpec { Command = ["true"], Resources = new() { Nodes = 1, RanksPerNode = ranks, GpusPerNode = 4 } }));
        var result = await BashAsync(new Dictionary<string, string> { ["CUDA_VISIBLE_DEVICES"] = seen, ["SLURM_LOCALID"] = $"{rank}" }, folder + "/rank.sh", "bash", "-c", "echo $CUDA_VISIBLE_DEVICES ${ROCR_VISIBLE_DEVICES-none}");
        Assert.Equal(own + " none\n", result.StandardOutput);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public async Task A_command_starts_on_another_node_of_PBS_with_all_that_the_script_has(int status)
    {
        Program("pbs_tmrsh", "[ \"$1\" = node2 ] || exit 98\nshift\ncd /\nexec env -i PATH=/usr/bin:/bin PBS_NODENUM=1 \"$@\"");
        await RemoteAsync(new PbsScheduler(), status);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public async Task A_command_starts_on_another_node_of_Torque_with_all_that_the_script_has(int status)
    {
        // pbsdsh itself succeeds whatever the command did.
        Program("pbsdsh", "[ \"$1 $2\" = '-h node2' ] || exit 98\nshift 2\ncd /\nenv -i PATH=/usr/bin:/bin PBS_NODENUM=1 \"$@\"\ns=$?\n[ $s = 0 ] || echo \"pbsdsh(): task 1 exit status $s\" >&2\nexit 0");
        await RemoteAsync(new TorqueScheduler(), status);
    }

    [Fact]
    public async Task Without_a_way_to_the_node_the_launcher_is_ended_and_told_why()
    {
        await CreateAsync(new PbsScheduler(), Plan(new JobSpec { Command = ["true"] }));
        Directory.CreateDirectory(folder + "/attempt-1");
        var result = await BashAsync(Variables(), "-c", $"trap 'echo ended; exit 5' TERM; {ShellText.Quote(folder + "/remote.sh")} node2 true; sleep 5");
        Assert.Equal((5, "ended\n"), (result.ExitCode, result.StandardOutput));
        Assert.Contains("pbs_tmrsh is not on PATH", result.StandardError, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("exit 9", 9, 1)]
    [InlineData("kill -KILL $$", 137, 3)]
    [InlineData("mkdir \"$PATHOS_JOB_FOLDER/was here\" && kill -KILL $$; exit 0", 0, 2)]
    public async Task A_program_that_a_signal_ended_is_started_again_where_it_may_be(string body, int code, int starts)
    {
        await CreateAsync(new SlurmScheduler(), Plan(new JobSpec { CommandLine = "bash -c " + ShellText.Quote("echo start; " + body), Restarts = 2 }));
        var result = await BashAsync(new Dictionary<string, string> { ["SLURM_JOB_ID"] = "5" }, folder + "/job.sh");
        Assert.Equal(code, result.ExitCode);
        Assert.Equal(Enumerable.Repeat("start", starts), File.ReadAllLines(folder + "/stdout.log"));
        Assert.Equal(starts - 1, File.ReadAllLines(folder + "/stderr.log").Count(line => line == "pathos: what leads job 5 was ended by signal 9, and is started again."));
        Assert.Equal(code, (await new JobFolder(LocalHost.Instance, folder).ReadAttemptAsync(default))!.ExitCode);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task A_signal_ends_the_program_and_is_written_down(int restarts)
    {
        await CreateAsync(new SlurmScheduler(), Plan(new JobSpec { Command = ["sleep", "60"], Restarts = restarts }));
        var watch = Stopwatch.StartNew();
        var script = "bash " + ShellText.Quote(folder + "/job.sh") + " & for i in $(seq 200); do [ -s " + ShellText.Quote(folder + "/attempt-1/started") + " ] && break; sleep 0.02; done; sleep 0.3; kill -TERM $!; wait $!";
        var result = await BashAsync(new Dictionary<string, string> { ["SLURM_JOB_ID"] = "5" }, "-c", script);
        Assert.Equal(143, result.ExitCode);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20));
        var attempt = await new JobFolder(LocalHost.Instance, folder).ReadAttemptAsync(default);
        Assert.Equal((1, "5", 143, "TERM"), (attempt!.Number, attempt.JobId, attempt.ExitCode, Assert.Single(attempt.Signals)));
    }

    private async Task RemoteAsync(Scheduler scheduler, int status)
    {
        await CreateAsync(scheduler, Plan(new JobSpec { Command = ["true"] }));
        Directory.CreateDirectory(folder + "/attempt-1");
        // Hydra and Open MPI quote the words for a shell.
        var command = $"cd {ShellText.Quote(folder)}; umask 027; export VALUE=$'a,b\\n\"c\"'; bash ./remote.sh -x node2 'printf' \\''%s|%s|%s|%s'\\' '\"$VALUE\"' '\"$PWD\"' '\"$(umask)\"' '\"$PBS_NODENUM\"' '; exit {status}'; echo \" status $?\"";
        var result = await BashAsync(Variables(), "-c", $"trap : TERM; {command}");
        Assert.Equal($"a,b\n\"c\"|{folder}|0027|1 status {status}\n", result.StandardOutput);
        Assert.Empty(Directory.GetFiles(folder + "/attempt-1"));
    }

    private Dictionary<string, string> Variables() => new() { ["PATH"] = folder + "/bin:/usr/bin:/bin", ["PBS_EXEC"] = folder, ["PATHOS_JOB_FOLDER"] = folder, ["PATHOS_ATTEMPT"] = "1", ["PBS_NODENUM"] = "0" };

    private void Program(string name, string body)
    {
        Directory.CreateDirectory(folder + "/bin");
        File.WriteAllText($"{folder}/bin/{name}", "#!/bin/bash\n" + body + "\n");
        File.SetUnixFileMode($"{folder}/bin/{name}", UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    private JobPlan Plan(JobSpec spec) => new() { Spec = spec, JobName = "x-abc", Folder = folder };

    private Task CreateAsync(Scheduler scheduler, JobPlan plan) => new JobFolder(LocalHost.Instance, folder).CreateAsync(scheduler, plan, default);

    private static Task<CommandResult> BashAsync(params string[] arguments) => BashAsync([], arguments);

    private static Task<CommandResult> BashAsync(Dictionary<string, string> variables, params string[] arguments) =>
        LocalHost.Instance.RunAsync(new HostCommand(["bash", .. arguments]) { Variables = variables });
}
