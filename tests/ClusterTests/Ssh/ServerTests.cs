using System.Diagnostics;
using System.Runtime.Versioning;
using PathosHpc.Tests;

namespace PathosHpc.ClusterTests;

/// <summary>Servers on a host behind a real sshd, and the pools that join them: over ssh, and through what <c>pathos connect</c> holds.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class ServerTests(PoolSshd sshd) : IClassFixture<PoolSshd>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly string Machine = System.Environment.MachineName;

    private string FileThere => $"{sshd.Folder}/.pathos-hpc/servers/{Machine}.json";

    [Fact]
    public async Task Connect_starts_a_server_over_there_that_pools_share_and_that_ends_with_it()
    {
        using var home = new TemporaryFolder("server home");
        home.Write("pathos-hpc/sites/far.json", $"{{ \"address\": \"box\", \"ssh\": {{ \"configurationFile\": \"{sshd.Configuration}\" }} }}");
        Process connect = Start(home, "connect", "far", "--workers", "3");
        try
        {
            string line = await LineAsync(connect);
            Assert.Matches("^A server was started on box, with 3 of 3 workers free.*Servers = \\[\"far\"\\]", line);
            // A program that was never there goes through the tunnel.
            await using SshHost host = sshd.Host();
            await using var near = new SshPool(new SshPoolOptions { Hosts = [new(host, 1) { JoinServer = true }], LocalWorkers = 0 });
            Assert.Equal(7, await near.RunAsync(x => x + 3, 4).WaitAsync(Patience));
            await using var pool = new ProcessPool(new ProcessPoolOptions { Workers = 0, Servers = [home.Path + "/.pathos-hpc/servers/far.json"] });
            (string Program, int Process)[] where = await pool.MapAsync(_ => { Thread.Sleep(5); return (typeof(ServerTests).Assembly.Location, System.Environment.ProcessId); }, Enumerable.Range(0, 100)).WaitAsync(Patience);
            Assert.All(where, w => Assert.StartsWith(sshd.Cache, w.Program, StringComparison.Ordinal));
            Assert.Equal(2, pool.Size);
            Assert.Equal(("far", 100L, 2), pool.Statistics.Nodes.Select(n => (n.Node, n.Items, n.Ranks)).Single());
            byte[] content = new byte[30_000_000];
            new Random(7).NextBytes(content);
            File.WriteAllBytes(home.Path + "/input", content);
            FileInput input = (await pool.StageAsync([home.Path + "/input"]).WaitAsync(Patience))[0];
            (string path, FileResult file) = await pool.RunAsync(_ => (input.Path, FileResult.Of(input.Path)), 0).WaitAsync(Patience);
            Assert.StartsWith(sshd.Cache, path, StringComparison.Ordinal);
            await pool.FetchAsync(file, home.Path + "/back").WaitAsync(Patience);
            Assert.Equal(content, File.ReadAllBytes(home.Path + "/back"));
            CommandOutcome status = await RunAsync(home, "serve", "status", "--json");
            Assert.Contains("\"free\": 0", status.Output, StringComparison.Ordinal);
            Assert.Equal(2, status.Output.Split("\"name\"").Length - 1);
            Assert.Matches(@"far +3 +0 ", (await RunAsync(home, "serve", "status", "far")).Output);
            Assert.Equal(3, (await RunAsync(home, "connect", "far")).ExitCode);

            // A client that is gone without a word: what it had over there ends by itself, and so does the server that was its.
            Task<int[]> map = pool.MapAsync(x => { Thread.Sleep(50); return x; }, Enumerable.Range(0, 10_000), new MapOptions { ChunkSize = 1 });
            connect.Kill();
            await Assert.ThrowsAsync<JobFailedException>(() => map).WaitAsync(Patience);
            await UntilAsync(() => !File.Exists(FileThere) && where.Select(w => w.Process).Distinct().All(LinuxProcess.HasEnded));
        }
        finally
        {
            connect.Kill(entireProcessTree: true);
            connect.Dispose();
        }
    }

    [Fact]
    public async Task A_server_that_runs_there_is_joined_and_outlives_whoever_comes()
    {
        using var home = new TemporaryFolder("server home");
        home.Write("pathos-hpc/sites/far.json", $"{{ \"address\": \"box\", \"ssh\": {{ \"configurationFile\": \"{sshd.Configuration}\" }} }}");
        await using SshHost host = sshd.Host();
        await using SshProcess server = await host.StartAsync(new HostCommand("dotnet", Path.Combine(AppContext.BaseDirectory, "pathos.dll"), "serve", "--workers", "1"));
        using var lines = new StreamReader(server.StandardOutput);
        Assert.Contains("gives 1 workers", await lines.ReadLineAsync().WaitAsync(Patience), StringComparison.Ordinal);
        using Process connect = Start(home, "connect", "far");
        try
        {
            Assert.StartsWith("A server runs on box, with 1 of 1 workers free", await LineAsync(connect), StringComparison.Ordinal);
            await using (var pool = new ProcessPool(new ProcessPoolOptions { Workers = 0, Servers = [home.Path + "/.pathos-hpc/servers/far.json"] }))
                Assert.Equal(5, await pool.RunAsync(x => x + 1, 4).WaitAsync(Patience));
            await connect.StandardInput.WriteLineAsync();
            await connect.WaitForExitAsync().WaitAsync(Patience);
            Assert.Equal(0, connect.ExitCode);
            Assert.False(File.Exists(home.Path + "/.pathos-hpc/servers/far.json"));
        }
        finally
        {
            connect.Kill(entireProcessTree: true);
        }
        await using (var pool = new SshPool(new SshPoolOptions { Hosts = [new(host) { JoinServer = true }], LocalWorkers = 0 }))
            Assert.Equal(9, await pool.RunAsync(x => x * x, 3).WaitAsync(Patience));
        Assert.True(File.Exists(FileThere));
        Assert.True((await host.RunAsync(new HostCommand("dotnet", Path.Combine(AppContext.BaseDirectory, "pathos.dll"), "serve", "stop"))).Succeeded);
        Assert.Equal(0, await server.Exit.WaitAsync(Patience));
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(FileThere)!));
        await using (var pool = new SshPool(new SshPoolOptions { Hosts = [new(host) { JoinServer = true }], LocalWorkers = 0 }))
            Assert.Contains("'pathos serve'", (await Assert.ThrowsAsync<JobFailedException>(() => pool.RunAsync(x => x, 3)).WaitAsync(Patience)).Message, StringComparison.Ordinal);
    }

    private static Process Start(TemporaryFolder home, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "pathos.dll"), .. arguments]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string? value) in Environment(home))
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    private static Task<CommandOutcome> RunAsync(TemporaryFolder home, params string[] arguments) =>
        new Command("dotnet", [Path.Combine(AppContext.BaseDirectory, "pathos.dll"), .. arguments]) { Environment = Environment(home) }.RunAsync();

    private static Dictionary<string, string?> Environment(TemporaryFolder home) => new() { ["HOME"] = home.Path, ["XDG_CONFIG_HOME"] = home.Path };

    private static async Task<string> LineAsync(Process process) =>
        await process.StandardOutput.ReadLineAsync().WaitAsync(Patience) ?? throw new InvalidOperationException($"it ended: {await process.StandardError.ReadToEndAsync().WaitAsync(Patience)}");

    private static async Task UntilAsync(Func<bool> condition)
    {
        for (var watch = Stopwatch.StartNew(); !condition(); await Task.Delay(20))
            Assert.True(watch.Elapsed < Patience, "it did not come about");
    }
}
