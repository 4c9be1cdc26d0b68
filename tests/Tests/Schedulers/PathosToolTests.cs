using System.Runtime.Versioning;
using System.Text.Json;

namespace PathosHpc.Tests;

[UnsupportedOSPlatform("windows")]
public class PathosToolTests
{
    private const string Id = "7.pbsserver";

    [Fact]
    public async Task A_job_is_submitted_waited_for_shown_and_its_log_read()
    {
        using var cluster = Cluster("start_job " + Id);
        cluster.Answer("qstat", Recorded.Pbs("running"), "", "", "70.pbsserver", Id, "\"fill\"", "\"@NAME@\"");
        var submit = await RunAsync(cluster, "submit", "--scheduler", "pbs", "--once", "--folder", "/", "-t", "10m", "-e", "V=a b", "--json", "--", "bash", "-c", "echo \"$V\" in $PWD -x");
        Assert.Equal(0, submit.ExitCode);
        using var json = JsonDocument.Parse(submit.Output);
        var name = json.RootElement[0].GetProperty("id").GetString()!;
        Assert.Equal(Id, json.RootElement[0].GetProperty("schedulerId").GetString());
        var wait = await RunAsync(cluster, "wait", name);
        Assert.Equal((0, true), (wait.ExitCode, wait.Output.Contains("completed", StringComparison.Ordinal)));
        Assert.Equal("a b in / -x\n", (await RunAsync(cluster, "logs", "7")).Output);
        var status = await RunAsync(cluster, "status");
        Assert.Contains(name, status.Output, StringComparison.Ordinal);
        Assert.Contains("Completed", status.Output, StringComparison.Ordinal);
        var calls = cluster.Calls.Count;
        Assert.Contains("\"exitCode\": 0", (await RunAsync(cluster, "status", Id, "--json")).Output, StringComparison.Ordinal);
        Assert.Equal(calls, cluster.Calls.Count);
    }

    [Fact]
    public async Task A_failure_is_in_the_exit_code()
    {
        using var cluster = Cluster("start_job " + Id);
        cluster.Answer("qstat", Recorded.Pbs("server down"));
        var submit = await RunAsync(cluster, "submit", "--scheduler", "pbs", "--once", "--wait", "--", "bash", "-c", "echo broken >&2; exit 9");
        Assert.Equal(1, submit.ExitCode);
        Assert.Contains("exit code 9", submit.Output, StringComparison.Ordinal);
        Assert.Contains("broken", submit.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_script_is_shown_without_submitting()
    {
        using var cluster = Cluster("");
        var script = await RunAsync(cluster, "script", "--scheduler", "pbs", "-n", "4:ppn=2:cpp=8", "--memory-per-node", "64G", "-t", "2h", "-q", "workq", "--directive=-l x=y", "--", "App.dll", "a b");
        Assert.Equal(0, script.ExitCode);
        Assert.Contains("#PBS -l select=4:ncpus=16:mpiprocs=2:ompthreads=8:mem=65536mb\n", script.Output, StringComparison.Ordinal);
        Assert.Contains("#PBS -q workq\n", script.Output, StringComparison.Ordinal);
        Assert.Contains("#PBS -l x=y\n", script.Output, StringComparison.Ordinal);
        Assert.Contains($"-f \"$PATHOS_HOSTS\" -n 8 -ppn 2 \"$PATHOS_RANK\" {WorkerProgram.DotnetHost()} App.dll 'a b' &\n", script.Output, StringComparison.Ordinal);
        Assert.Contains("qsub -f", script.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(cluster.Calls, call => call.StartsWith("qsub", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(2, "submit", "--", "x")]
    [InlineData(2, "submit", "--scheduler", "pbs")]
    [InlineData(2, "submit", "--scheduler", "lsf", "--", "x")]
    [InlineData(2, "submit", "--scheduler", "pbs", "-n", "4:pp=2", "--", "x")]
    [InlineData(2, "submit", "--scheduler", "pbs", "-t", "2:00", "--", "x")]
    [InlineData(2, "submit", "--scheduler", "pbs", "-e", "NO_SUCH_VARIABLE_HERE", "--", "x")]
    [InlineData(2, "submit", "--scheduler", "torque", "--ranks", "4", "--", "x")]
    [InlineData(2, "submit", "--site", "no-such-site", "--", "x")]
    [InlineData(2, "nonsense")]
    [InlineData(2, "wait")]
    [InlineData(4, "wait", "12345")]
    [InlineData(4, "cancel", "four-abc")]
    [InlineData(0, "--help")]
    [InlineData(0, "submit", "--help")]
    [InlineData(0, "--version")]
    public async Task Wrong_usage_is_told_in_the_exit_code_and_on_the_right_stream(int exitCode, params string[] args)
    {
        using var cluster = new FakeCluster("qstat");
        var result = await RunAsync(cluster, args);
        Assert.Equal(exitCode, result.ExitCode);
        Assert.NotEqual("", exitCode == 0 ? result.Output : result.Error);
        Assert.Equal("", exitCode == 0 ? result.Error : result.Output);
    }

    [Fact]
    public async Task Help_has_an_example()
    {
        using var cluster = new FakeCluster("qstat");
        Assert.Contains("--nodes 4:ppn=2:cpp=8", (await RunAsync(cluster, "submit", "--help")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_scheduler_that_refuses_is_told()
    {
        using var cluster = new FakeCluster("qsub", "qstat", "qselect").Answer("qstat", Recorded.Pbs("version"), "--version").Answer("qsub", Recorded.Pbs("unknown queue"));
        var result = await RunAsync(cluster, "submit", "--scheduler", "pbs", "--once", "--", "true");
        Assert.Equal(3, result.ExitCode);
        Assert.Contains("Unknown queue", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_doctor_tells_which_scheduler_answers_and_that_a_missing_mpiexec_is_no_error()
    {
        using var cluster = new FakeCluster("qstat", "qselect").Answer("qstat", Recorded.Pbs("version"), "--version").Answer("qselect", Recorded.Pbs("none of that name"));
        var host = new LocalHost { Variables = new Dictionary<string, string> { ["PATH"] = cluster.Bin + ":/bin.none", ["PATHOS_TEST"] = cluster.Bin } };
        Assert.Equal(127, (await host.RunAsync(new HostCommand("mpiexec", "--version"))).ExitCode);
        var (output, error) = (new StringWriter(), new StringWriter());
        var tool = new PathosTool(output, error, cluster.Host);
        await tool.RunAsync(["doctor", "--json"], default);
        using var json = JsonDocument.Parse(output.ToString());
        var pbs = json.RootElement.EnumerateArray().Single(f => f.GetProperty("what").GetString() == "PBS");
        Assert.Equal((true, "version 23.6"), (pbs.GetProperty("good").GetBoolean(), pbs.GetProperty("found").GetString()));
    }

    [Theory]
    [InlineData("90s", 90)]
    [InlineData("30m", 1800)]
    [InlineData("1.5h", 5400)]
    [InlineData("1d", 86400)]
    [InlineData("12:00:00", 43200)]
    [InlineData("1-02:00:00", 93600)]
    public void Times_are_read(string text, int seconds) => Assert.Equal(seconds, JobRequestReader.Time(text).TotalSeconds);

    private static FakeCluster Cluster(string afterSubmission) => new FakeCluster("qsub", "qstat", "qselect", "qdel", "qhold", "qrls")
        .Answer("qstat", Recorded.Pbs("version"), "--version").Answer("qsub", Recorded.Pbs("submitted"), "", afterSubmission);

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(FakeCluster cluster, params string[] args)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        // The work folder of the test, before what follows a double dash.
        var dash = Array.IndexOf(args, "--");
        string[] all = args.Length == 0 || args[0].StartsWith('-') || args[0] == "nonsense" ? args
            : dash < 0 ? [.. args, "--work-folder", cluster.WorkFolder] : [.. args[..dash], "--work-folder", cluster.WorkFolder, .. args[dash..]];
        var exitCode = await new PathosTool(output, error, cluster.Host).RunAsync(all, default).WaitAsync(TimeSpan.FromSeconds(60));
        return (exitCode, output.ToString(), error.ToString());
    }
}
