using System.Diagnostics;
using System.Globalization;

namespace PathosHpc.Tests;

/// <summary>A server on this machine, and who comes to it.</summary>
public sealed class WorkerServerTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly TemporaryFolder folder = new("server");
    private readonly CancellationTokenSource stop = new();
    private Task running = Task.CompletedTask;

    private string TokenFile => folder.Path + "/box.json";

    public async Task InitializeAsync() => running = await StartAsync(TokenFile, 2, stop.Token);

    public async Task DisposeAsync()
    {
        await stop.CancelAsync();
        await running.WaitAsync(Patience);
        Assert.Empty(Directory.GetFiles(folder.Path, "box*"));
        folder.Dispose();
    }

    [Fact]
    public async Task Pools_take_its_free_workers_and_give_them_back()
    {
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(TokenFile));
        int[] processes;
        await using (var pool = new ProcessPool(new ProcessPoolOptions { Workers = 0, Servers = [TokenFile] }))
        {
            int offset = 3;
            Assert.Equal(Enumerable.Range(3, 1000), await pool.MapAsync(x => x + offset, Enumerable.Range(0, 1000)).WaitAsync(Patience));
            Assert.Equal(2, pool.Size);
            processes = await pool.MapAsync(_ => { Thread.Sleep(5); return Environment.ProcessId; }, Enumerable.Range(0, 60)).WaitAsync(Patience);
            Assert.DoesNotContain(Environment.ProcessId, processes);
            NodeStatistics node = Assert.Single(pool.Statistics.Nodes);
            Assert.Equal(("box", 1060L, 1.0), (node.Node, node.Items, node.Share));
            Assert.True(node.Busy > TimeSpan.FromMilliseconds(100));
            // Who comes meanwhile is told who has them.
            ServerStatus status = await AskAsync();
            Assert.Equal((2, 0, 1), (status.Workers, status.Free, status.Clients.Count));
            await using ServerConnection late = await OpenAsync();
            var refused = await Assert.ThrowsAsync<HostFailedException>(() => late.ReserveAsync(null, default));
            Assert.Contains($"2 for {Environment.UserName}@{Environment.MachineName} (process {Environment.ProcessId})", refused.Message, StringComparison.Ordinal);
            // A pool with workers of its own goes on with those.
            await using var other = new ProcessPool(new ProcessPoolOptions { Workers = 1, Servers = [TokenFile] });
            Assert.Equal(new[] { 1, 2, 3 }, await other.MapAsync(x => x, new[] { 1, 2, 3 }).WaitAsync(Patience));
        }
        await UntilAsync(async () => (await AskAsync()).Free == 2);
        await UntilAsync(() => Task.FromResult(Enumerable.Distinct(processes).All(LinuxProcess.HasEnded)));
        // What fell to one pool is another's now, in parts too.
        await using ServerConnection one = await OpenAsync(), two = await OpenAsync();
        Assert.Equal((1, 1), (await one.ReserveAsync(1, default), await two.ReserveAsync(5, default)));
    }

    [Fact]
    public async Task A_client_that_vanishes_frees_its_workers_and_one_that_knows_no_token_gets_none()
    {
        ServerFile file = ServerFile.Read(TokenFile);
        (file with { Token = new byte[32] }).Write(folder.Path + "/wrong.json");
        await Assert.ThrowsAsync<IOException>(() => ServerConnection.OpenAsync(folder.Path + "/wrong.json", default)).WaitAsync(Patience);
        (file with { Socket = folder.Path + "/none" }).Write(folder.Path + "/gone.json");
        Assert.Contains("does not answer", (await Assert.ThrowsAsync<IOException>(() => ServerConnection.OpenAsync(folder.Path + "/gone.json", default))).Message, StringComparison.Ordinal);
        Assert.Contains("'pathos serve'", (await Assert.ThrowsAsync<IOException>(() => ServerConnection.OpenAsync(folder.Path + "/no.json", default))).Message, StringComparison.Ordinal);
        (IReadOnlyList<string> command, IReadOnlyDictionary<string, string> variables) = WorkerProgram.Command(typeof(Pool).Assembly, "host", "0", "2", "2");
        string mark = folder.Path + "/pid";
        await using (ServerConnection connection = await OpenAsync())
        {
            Assert.Equal(2, await connection.ReserveAsync(null, default));
            Stream stream = await connection.StartAsync(new HostCommand(["/bin/sh", "-c", "echo $$ >\"$0\"; exec \"$@\"", mark, .. command]) { Variables = variables }, default);
            await stream.WriteAsync(new byte[Protocol.TokenSize]);
            await connection.AwaitStartAsync(default).WaitAsync(Patience);
        }
        await UntilAsync(async () => (await AskAsync()).Free == 2);
        Assert.True(LinuxProcess.HasEnded(int.Parse(File.ReadAllText(mark), CultureInfo.InvariantCulture)));
        await using (ServerConnection connection = await OpenAsync())
        {
            await connection.ReserveAsync(null, default);
            await connection.StartAsync(new HostCommand("/bin/sh", "-c", "echo this is why >&2; exit 3"), default);
            Assert.Contains("this is why", (await Assert.ThrowsAsync<HostFailedException>(() => connection.AwaitStartAsync(default).WaitAsync(Patience))).Message, StringComparison.Ordinal);
        }
        await UntilAsync(async () => (await AskAsync()).Free == 2);
        await using (ServerConnection connection = await OpenAsync())
        {
            await connection.ReserveAsync(null, default);
            await connection.StartAsync(new HostCommand(folder.Path + "/no-such"), default);
            Assert.Contains("no-such", (await Assert.ThrowsAsync<HostFailedException>(() => connection.AwaitStartAsync(default).WaitAsync(Patience))).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_name_is_one_server_s_and_a_server_that_is_stopped_ends_what_it_serves()
    {
        Assert.Contains("runs already", (await Assert.ThrowsAsync<IOException>(() => StartAsync(TokenFile, 1, stop.Token))).Message, StringComparison.Ordinal);
        await using var pool = new ProcessPool(new ProcessPoolOptions { Workers = 1, Servers = [TokenFile] });
        Task<int[]> map = pool.MapAsync(x => { Thread.Sleep(10); return x; }, Enumerable.Range(0, 400), new MapOptions { ChunkSize = 1 });
        await UntilAsync(() => Task.FromResult(pool.Statistics.Nodes.Any(n => n.Node == "box" && n.Items > 5)));
        await using (ServerConnection connection = await OpenAsync())
            await connection.StopAsync(default).WaitAsync(Patience);
        await running.WaitAsync(Patience);
        Assert.Empty(Directory.GetFiles(folder.Path));
        // Its items are computed by the workers that are left.
        Assert.Equal(Enumerable.Range(0, 400), await map.WaitAsync(Patience));
        var nobody = await Assert.ThrowsAsync<ArgumentException>(async () => await new ProcessPool(new ProcessPoolOptions { Workers = 0, Servers = ["-x", ""], KeepFiles = true }).DisposeAsync());
        Assert.Contains("'-x'", nobody.Message, StringComparison.Ordinal);
        Assert.Contains("KeepFiles", nobody.Message, StringComparison.Ordinal);
        // It would join the next server of that name.
        await pool.DisposeAsync();
        // One that was killed leaves its file and folder behind, for the next of that name to remove.
        Rendezvous remains = Rendezvous.Create(null);
        new ServerFile(remains.SocketPath, new byte[32], "box", false).Write(TokenFile);
        running = await StartAsync(TokenFile, 1, stop.Token);
        Assert.False(Directory.Exists(remains.Folder));
        Assert.Equal(1, (await AskAsync()).Free);
    }

    /// <summary>Starts a server; up when this returns.</summary>
    private static async Task<Task> StartAsync(string file, int workers, CancellationToken cancellationToken)
    {
        var up = new TaskCompletionSource();
        Task running = Task.Run(() => WorkerServer.RunAsync(file, workers, _ => up.SetResult(), cancellationToken), CancellationToken.None);
        await (await Task.WhenAny(up.Task, running).WaitAsync(Patience, CancellationToken.None));
        return running;
    }

    private Task<ServerConnection> OpenAsync() => ServerConnection.OpenAsync(TokenFile, default).WaitAsync(Patience);

    private async Task<ServerStatus> AskAsync()
    {
        await using ServerConnection connection = await OpenAsync();
        return await connection.StatusAsync(default).WaitAsync(Patience);
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        for (var watch = Stopwatch.StartNew(); !await condition(); await Task.Delay(20))
            Assert.True(watch.Elapsed < Patience, "it did not come about");
    }
}
