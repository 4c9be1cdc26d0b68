using System.Runtime.Versioning;
using PathosHpc.Tests;

namespace PathosHpc.ClusterTests;

/// <summary>Maps through ssh as a user without privileges.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class OrdinaryUserTests(OrdinaryUserSshd sshd) : IClassFixture<OrdinaryUserSshd>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(180);

    private static MpiPoolOptions Options(SshHost login) => new() { Host = login, Ranks = 2, Mpiexec = "mpiexec.hydra", Output = RankOutput.Discard };

    [Fact]
    public async Task A_work_folder_that_the_user_may_not_write_is_named_with_him_and_nothing_is_left()
    {
        await using SshHost login = sshd.Login();
        foreach (string folder in new[] { sshd.Locked, sshd.Locked + "/deeper/jobs" })
        {
            var denied = await Assert.ThrowsAsync<HostFailedException>(async () =>
            {
                await using var pool = new MpiPool(Options(login) with { WorkFolder = folder });
                await pool.RunAsync(x => x, 1).WaitAsync(Patience);
            });
            Assert.Equal(HostFailureReason.File, denied.Reason);
            Assert.StartsWith($"{sshd.User} may not write to '{sshd.Locked}' on ", denied.Message, StringComparison.Ordinal);
            Assert.Contains($"'{folder}/", denied.Message, StringComparison.Ordinal);
            Assert.Contains("WorkFolder", denied.Message, StringComparison.Ordinal);
        }
        var file = await Assert.ThrowsAsync<HostFailedException>(() => login.WriteFileAsync(sshd.Locked + "/file", new byte[1], (UnixFileMode)0b110_000_000)).WaitAsync(Patience);
        Assert.StartsWith($"{sshd.User} may not write to '{sshd.Locked}' on ", file.Message, StringComparison.Ordinal);
        await NothingIsLeftAsync(login);
    }

    [Fact]
    public async Task The_whole_way_of_a_map_needs_no_privileges()
    {
        await using SshHost login = sshd.Login();
        string user = sshd.User;
        await using (var pool = new MpiPool(Options(login)))
        {
            int offset = 7;
            Assert.Equal(Enumerable.Range(7, 2000), await pool.MapAsync(x => x + offset, Enumerable.Range(0, 2000)).WaitAsync(Patience));
            Assert.Equal([user, user], await pool.MapAsync(_ => Environment.UserName, new[] { 0, 1 }, new MapOptions { Strategy = MapStrategy.ScatterGather }).WaitAsync(Patience));
            using var files = new TemporaryFolder("ordinary files");
            FileInput input = (await pool.StageAsync([files.Write("input", "content")]).WaitAsync(Patience))[0];
            FileResult copy = await pool.RunAsync(file => FileResult.Of(file.Path), input).WaitAsync(Patience);
            await pool.FetchAsync(copy, files.Path + "/back").WaitAsync(Patience);
            Assert.Equal("content", File.ReadAllText(files.Path + "/back"));
            Task<int[]> map = pool.MapAsync(x => { Thread.Sleep(10); return x; }, Enumerable.Range(0, 200), new MapOptions { ChunkSize = 1 });
            await sshd.ScriptAsync("cut");
            Assert.Equal(Enumerable.Range(0, 200), await map.WaitAsync(Patience));
        }
        await using (var workers = new SshPool(new SshPoolOptions { Hosts = [new(login, 2)], LocalWorkers = 0 }))
            Assert.Equal([user, user], await workers.MapAsync(_ => Environment.UserName, new[] { 0, 1 }).WaitAsync(Patience));
        await NothingIsLeftAsync(login);
    }

    /// <summary>No process of the user but those of this question, and no file but the cache's.</summary>
    private async Task NothingIsLeftAsync(SshHost login)
    {
        if (!Environment.IsPrivilegedProcess)
            return;
        string processes = "";
        for (var watch = System.Diagnostics.Stopwatch.StartNew(); watch.Elapsed < TimeSpan.FromSeconds(20); await Task.Delay(100))
        {
            processes = (await login.RunAsync(new HostCommand("ps", "-u", sshd.User, "-o", "pid=,args=")).WaitAsync(Patience)).StandardOutput;
            if (processes.Split('\n', StringSplitOptions.RemoveEmptyEntries).All(line => line.Contains("sshd:", StringComparison.Ordinal) || line.Contains("perl -e", StringComparison.Ordinal) || line.Contains("ps -u", StringComparison.Ordinal)))
            {
                processes = "";
                break;
            }
        }
        Assert.Equal("", processes);
        Assert.Empty(Directory.EnumerateFileSystemEntries(sshd.Locked));
        Assert.Empty(Directory.EnumerateFileSystemEntries(sshd.Temporary));
        string jobs = sshd.Home + "/.pathos-hpc/jobs";
        Assert.Empty(Directory.Exists(jobs) ? Directory.EnumerateFileSystemEntries(jobs) : []);
        string cache = sshd.Home + "/.cache/pathos-hpc";
        Assert.Empty(Directory.Exists(cache) ? Directory.EnumerateFileSystemEntries(cache).Where(path => Path.GetFileName(path) is not ("files" or "folders")) : []);
    }
}
