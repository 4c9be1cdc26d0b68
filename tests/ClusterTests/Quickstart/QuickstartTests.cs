using PathosHpc.Tests;

namespace PathosHpc.ClusterTests.Quickstart;

/// <summary>The first command that a newcomer types, as it is typed.</summary>
public sealed class QuickstartTests : IDisposable
{
    private static readonly string Script = Path.Combine(Repository.Root, "quickstart");
    private readonly TemporaryFolder folder = new("quickstart");

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("mpiexec.hydra")]
    [InlineData("mpiexec.openmpi")]
    public async Task Class_S_is_verified_over_MPI(string mpiexec)
    {
        var run = await Quickstart("--class", "S", "--ranks", "3", "--mpiexec", FindOnPath(mpiexec)).RunToSuccessAsync();
        Assert.Contains("MpiPool of 3 ranks", run.Output, StringComparison.Ordinal);
        Assert.Contains("│ verdict        │                verified │", run.Output, StringComparison.Ordinal);
        Assert.Contains("Speed-up on class S against SerialPool", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("WRONG", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("serial", "SerialPool")]
    [InlineData("threads", "ThreadedPool of 2 threads")]
    [InlineData("processes", "ProcessPool of 2 workers")]
    public async Task Class_S_is_verified_on_every_rung_of_the_ladder(string kind, string name)
    {
        var run = await Quickstart("--class", "S", "--ranks", "2", "--pool", kind).RunToSuccessAsync();
        Assert.Contains($"Pool: {name}.", run.Output, StringComparison.Ordinal);
        Assert.Contains("verified", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_an_MPI_that_may_be_installed_the_job_runs_on_worker_processes()
    {
        var command = Quickstart("--class", "S") with
        {
            Environment = new Dictionary<string, string?> { ["PATH"] = PathWithoutMpi(), ["PATHOS_INSTALL"] = "no" },
        };
        var run = await command.RunToSuccessAsync();
        Assert.Contains("There is no MPI on this machine.", run.Output, StringComparison.Ordinal);
        Assert.Contains("Pool: ProcessPool", run.Output, StringComparison.Ordinal);
        Assert.Contains("verified", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_absent_MPI_is_installed_with_fresh_package_lists_if_need_be()
    {
        string path = PathWithoutMpi(), log = Path.Combine(folder.Path, "apt-get.log");
        Replace("dpkg-query", "exit 1");
        Replace("id", "echo 0");
        // Knows no package until its lists were refreshed; installs by linking the real mpiexec.
        Replace("apt-get", $"""
            echo "$*" >>{log}
            [[ $1 != update ]] || exit 0
            grep -q '^update' {log} || exit 100
            ln -s {FindOnPath("mpiexec.hydra")} {path}/mpiexec
            """);
        var command = Quickstart("--class", "S", "--ranks", "2") with { Environment = new Dictionary<string, string?> { ["PATH"] = path } };
        var run = await command.RunToSuccessAsync();
        Assert.Contains("Installing mpich with apt-get.", run.Output, StringComparison.Ordinal);
        Assert.Contains("Pool: MpiPool of 2 ranks", run.Output, StringComparison.Ordinal);
        Assert.Collection(await File.ReadAllLinesAsync(log),
            first => Assert.Matches("^install -y .* mpich$", first),
            second => Assert.StartsWith("update", second, StringComparison.Ordinal),
            third => Assert.Matches("^install -y .* mpich$", third));
    }

    [Fact]
    public async Task It_runs_from_any_folder_and_tells_all_errors()
    {
        var run = await (Quickstart("--class", "X", "--ranks", "none") with { WorkingDirectory = folder.Path }).RunAsync();
        Assert.Equal(64, run.ExitCode);
        Assert.Contains("'X'", run.Error, StringComparison.Ordinal);
        Assert.Contains("--ranks is 'none'", run.Error, StringComparison.Ordinal);
    }

    private static Command Quickstart(params string[] arguments) => new(Script, arguments);

    private static string FindOnPath(string name) => SearchPath().Select(f => Path.Combine(f, name)).First(File.Exists);

    private static string[] SearchPath() => Environment.GetEnvironmentVariable("PATH")!.Split(':', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Puts a script of our own in the place of a program.</summary>
    private void Replace(string name, string script)
    {
        string path = Path.Combine(folder.Path, name);
        File.Delete(path);
        File.Copy("/bin/true", path);               // for its permission to be run
        File.WriteAllText(path, $"#!/bin/bash\n{script}\n");
    }

    /// <summary>A folder with links to every program of the search path but those of MPIs.</summary>
    private string PathWithoutMpi()
    {
        foreach (string program in SearchPath().Where(Directory.Exists).SelectMany(Directory.EnumerateFiles))
        {
            string name = Path.GetFileName(program), link = Path.Combine(folder.Path, name);
            if (!name.StartsWith("mpi", StringComparison.Ordinal) && !File.Exists(link))
                File.CreateSymbolicLink(link, program);
        }
        return folder.Path;
    }
}
