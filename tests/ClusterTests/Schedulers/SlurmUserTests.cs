using System.Runtime.Versioning;
using System.Text.Json;

namespace PathosHpc.ClusterTests;

/// <summary>The tool as an ordinary user, on a Slurm of that user's own.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class SlurmUserTests : IAsyncLifetime
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(150);
    private readonly string folder = Directory.CreateTempSubdirectory("slurm-").FullName;
    private readonly string user = $"pathos{Environment.ProcessId}";

    private string Cluster => folder + "/home/slurm";

    [RootFact]
    public async Task An_ordinary_user_submits_follows_and_is_alone_in_what_can_be_read()
    {
        CopyTool();
        await RootAsync("useradd", "--create-home", "--home-dir", folder + "/home", "--shell", "/bin/bash", user);
        await AsUserAsync(0, "bash", folder + "/tool/slurm.sh", "start", Cluster, "2");

        var submit = await AsUserAsync(0, "dotnet", folder + "/tool/pathos.dll", "submit", "--wait", "--json", "--scheduler", "slurm", "-n", "2:ppn=2", "--mpi", "mpich",
            "--name", "mine", "--", "bash", "-c", "echo $(id -un) $PMI_SIZE in $HOME");
        using var json = JsonDocument.Parse(submit.StandardOutput);
        var job = json.RootElement[0].GetProperty("folder").GetString()!;
        Assert.StartsWith(folder + "/home/.pathos-hpc/jobs/mine-", job, StringComparison.Ordinal);
        Assert.Equal(Enumerable.Repeat($"{user} 4 in {folder}/home", 4), await File.ReadAllLinesAsync(job + "/stdout.log"));
        const UnixFileMode others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;
        Assert.Equal((UnixFileMode)0, (File.GetUnixFileMode(job) | File.GetUnixFileMode(job + "/environment")) & others);

        var failed = await AsUserAsync(1, "dotnet", folder + "/tool/pathos.dll", "submit", "--wait", "--scheduler", "slurm", "--once", "--", "bash", "-c", "exit 7");
        Assert.Contains("exit code 7", failed.StandardOutput, StringComparison.Ordinal);
        var doctor = await AsUserAsync(0, "dotnet", folder + "/tool/pathos.dll", "doctor", "--submit", "--scheduler", "slurm", "--mpi", "mpich", "--json");
        Assert.Contains("world in a job", doctor.StandardOutput, StringComparison.Ordinal);
    }

    public Task InitializeAsync()
    {
        File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_101);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        if (Directory.Exists(Cluster))
        {
            await RunAsync("bash", folder + "/tool/slurm.sh", "stop", Cluster);
            await RunAsync("userdel", user);
        }
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>The repository may lie where the user cannot look.</summary>
    private void CopyTool()
    {
        Directory.CreateDirectory(folder + "/tool");
        foreach (var file in Directory.EnumerateFiles(AppContext.BaseDirectory).Where(file => Path.GetExtension(file) is ".dll" or ".json"))
            File.Copy(file, $"{folder}/tool/{Path.GetFileName(file)}");
        File.Copy(PrivateSlurm.Root() + "/tests/cluster/slurm.sh", folder + "/tool/slurm.sh");
    }

    private async Task RootAsync(params string[] arguments)
    {
        var result = await RunAsync(arguments);
        Assert.True(result.Succeeded, $"{string.Join(' ', arguments)}: exit code {result.ExitCode}\n{result.AllOutput}");
    }

    private async Task<CommandResult> AsUserAsync(int exitCode, params string[] arguments)
    {
        var result = await RunAsync(["setpriv", "--reuid", user, "--regid", user, "--init-groups", "env", "-i", "-C", folder + "/home", $"HOME={folder}/home", $"USER={user}",
            "PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin", "LANG=C.UTF-8", $"SLURM_CONF={Cluster}/slurm.conf", "CPUS=8", "MEMORY=20000", .. arguments]);
        Assert.True(result.ExitCode == exitCode, $"{string.Join(' ', arguments)}: exit code {result.ExitCode}\n{result.AllOutput}");
        return result;
    }

    private static Task<CommandResult> RunAsync(params string[] arguments) => LocalHost.Instance.RunAsync(new HostCommand(arguments)
    {
        Timeout = Long,
        Variables = new Dictionary<string, string> { ["PATH"] = Environment.GetEnvironmentVariable("PATH") + ":/usr/sbin:/sbin" },
    });
}
