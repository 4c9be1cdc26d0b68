using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using PathosHpc.Tests;

namespace PathosHpc.ClusterTests;

/// <summary>Workers on hosts behind a real sshd and on this machine.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class SshPoolTests(PoolSshd sshd) : IClassFixture<PoolSshd>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Maps_run_on_hosts_and_here_and_the_statistics_tell_the_shares()
    {
        await using SshHost one = sshd.Host(), two = sshd.Host("127.0.0.1");
        await using var pool = new SshPool(new SshPoolOptions { Hosts = [new(one, 2), new(two, 1)], LocalWorkers = 1 });
        Assert.Equal(4, pool.Size);
        int offset = 7;
        // Until all have come up.
        for (var watch = Stopwatch.StartNew(); pool.Statistics.Nodes.Count(n => n.Items > 0) < 3; Assert.True(watch.Elapsed < Patience, "a host stays away"))
            Assert.Equal(Enumerable.Range(7, 40), await pool.MapAsync(x => { Thread.Sleep(20); return x + offset; }, Enumerable.Range(0, 40)).WaitAsync(Patience));
        int[] many = [.. Enumerable.Range(0, 100_000)];
        Assert.Equal(many.Select(x => x + 7), await pool.MapAsync(x => x + offset, many).WaitAsync(Patience));
        byte[][] large = await pool.MapAsync(x => new byte[x], Enumerable.Repeat(1_000_000, 40)).WaitAsync(Patience);
        Assert.All(large, bytes => Assert.Equal(1_000_000, bytes.Length));
        (int Rank, int Size)[] seen = await pool.MapAsync(_ => { Thread.Sleep(10); return (MapContext.Current!.Rank, MapContext.Current.Size); }, Enumerable.Range(0, 200)).WaitAsync(Patience);
        Assert.Equal([0, 1, 2, 3], seen.Select(s => s.Rank).Distinct().Order());
        Assert.All(seen, s => Assert.Equal(4, s.Size));
        using var folder = new TemporaryFolder("ssh files");
        byte[] content = new byte[40_000_000]; // more than goes over in one part
        new Random(6).NextBytes(content);
        File.WriteAllBytes(folder.Path + "/large.bin", content);
        FileInput input = (await pool.StageAsync([folder.Path + "/large.bin"]).WaitAsync(Patience))[0];
        (string Path, FileResult File)[] copies = await pool.MapAsync(_ => { Thread.Sleep(20); return (input.Path, FileResult.Of(input.Path)); }, Enumerable.Range(0, 40)).WaitAsync(Patience);
        Assert.Equal(2, copies.Select(c => c.Path).Distinct().Count());
        foreach (FileResult file in copies.DistinctBy(c => c.Path).Select(c => c.File))
        {
            await pool.FetchAsync(file, folder.Path + "/back").WaitAsync(Patience);
            Assert.Equal(content, File.ReadAllBytes(folder.Path + "/back"));
        }
        PoolStatistics statistics = pool.Statistics;
        Assert.Equal(new[] { "127.0.0.1", "box", Environment.MachineName }.Order(StringComparer.Ordinal), statistics.Nodes.Select(n => n.Node));
        Assert.Equal(2, statistics.Nodes.Single(n => n.Node == "box").Ranks);
        Assert.Equal(1, statistics.Nodes.Sum(n => n.Share), 1e-9);
        var error = await Assert.ThrowsAsync<ItemFailedException>(() => pool.MapAsync(x => x == 5 ? throw new InvalidOperationException("five") : x, Enumerable.Range(0, 10))).WaitAsync(Patience);
        Assert.Equal(5, error.Index);
    }

    [Fact]
    public async Task A_host_that_dies_or_is_cut_off_costs_nothing_but_time()
    {
        await using SshHost host = sshd.Host(change: o => o with { Options = ["User=" + Environment.UserName] }), down = sshd.Host("nobody-there", o => o with { Options = ["HostName=no-such-host.invalid"] });
        using var folder = new TemporaryFolder("ssh pool");
        string marks = folder.Path;
        await using var pool = new SshPool(new SshPoolOptions { Hosts = [new(host, 2), new(down)], LocalWorkers = 1, Output = RankOutput.Discard });
        Task<(int Item, int Process)[]> map = pool.MapAsync(x =>
        {
            File.AppendAllText($"{marks}/{MapContext.Current!.Rank}", "x");
            Thread.Sleep(20);
            return (x, Environment.ProcessId);
        }, Enumerable.Range(0, 900));
        async Task WorksAsync()
        {
            long before = Length();
            for (var watch = Stopwatch.StartNew(); Length() < before + 5; await Task.Delay(20))
                Assert.True(watch.Elapsed < Patience && !map.IsCompleted, "the host did not compute");
        }
        // Ranks 1 and 2 are those of the ssh host.
        long Length() => new[] { 1, 2 }.Select(rank => new FileInfo($"{marks}/{rank}")).Sum(file => file.Exists ? file.Length : 0);
        await WorksAsync();
        await sshd.ScriptAsync("cut");
        await WorksAsync();
        await host.RunAsync(new HostCommand("sh", "-c", "for p in $(pgrep -f 'PathosHpc.Core.dll host 1 2 '); do kill -KILL $p; done")).WaitAsync(Patience);
        await WorksAsync();
        (int Item, int Process)[] results = await map.WaitAsync(Patience);
        Assert.Equal(Enumerable.Range(0, 900), results.Select(r => r.Item));
        await pool.DisposeAsync().AsTask().WaitAsync(Patience);
        foreach (int process in results.Select(r => r.Process).Distinct())
        {
            for (var watch = Stopwatch.StartNew(); Directory.Exists($"/proc/{process}") && File.ReadAllText($"/proc/{process}/cmdline").Contains("PathosHpc.Core.dll", StringComparison.Ordinal); await Task.Delay(20))
                Assert.True(watch.Elapsed < Patience, $"worker {process} outlived its pool");
        }
        for (var watch = Stopwatch.StartNew(); Directory.EnumerateDirectories(sshd.Temporary, "pathos-*").Any(path => File.Exists(path + "/running") && new FileInfo(path + "/running").Length == 3 * RunningMark.SlotSize); await Task.Delay(50))
            Assert.True(watch.Elapsed < Patience, "workers left their folder: " + string.Join(", ", Directory.EnumerateDirectories(sshd.Temporary)));
    }

    [Fact]
    public async Task A_pool_whose_hosts_all_stay_away_says_why()
    {
        await using SshHost down = sshd.Host("nobody-there", o => o with { Options = ["HostName=no-such-host.invalid"] });
        await using var pool = new SshPool(new SshPoolOptions { Hosts = [new(down)], LocalWorkers = 0, Restarts = 0 });
        var error = await Assert.ThrowsAsync<JobFailedException>(() => pool.MapAsync(x => x, new[] { 1 })).WaitAsync(Patience);
        Assert.Contains("nobody-there", error.Message, StringComparison.Ordinal);
        Assert.Contains("no-such-host.invalid", error.Message, StringComparison.Ordinal);
        var errors = Assert.Throws<ArgumentException>(() => new SshPool(new SshPoolOptions { LocalWorkers = 0, Restarts = -1 }));
        Assert.Contains("neither Hosts nor LocalWorkers", errors.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_program_and_its_runtime_are_brought_once_and_whole_also_by_two_at_a_time()
    {
        await using SshHost one = sshd.Host(change: o => o with { Dotnet = "" }), two = sshd.Host();
        using var folder = new TemporaryFolder("ssh stage");
        for (int i = 0; i < 30; i++)
            folder.Write($"d {i % 3}/file {i}", new string((char)('a' + i), 2_000_000 / (i + 1)));
        File.SetUnixFileMode(folder.Path + "/d 0/file 0", (UnixFileMode)0b111_101_101);
        IReadOnlyList<StagedFile> files = StagedFile.ReadFolder(folder.Path);
        string[] staged = await Task.WhenAll(new HostCache(one).StageAsync(files, default), new HostCache(two).StageAsync(files, default)).WaitAsync(Patience);
        Assert.Equal(staged[0], staged[1]);
        Assert.StartsWith(sshd.Cache, staged[0], StringComparison.Ordinal);
        foreach (StagedFile file in files)
            Assert.Equal(File.ReadAllBytes(file.Local), File.ReadAllBytes($"{staged[0]}/{file.Path}"));
        Assert.Equal((UnixFileMode)0b101_000_000, File.GetUnixFileMode(staged[0] + "/d 0/file 0"));
        // Another build: only what has changed goes over.
        folder.Write("d 0/new", "new");
        int before = Directory.GetFiles(sshd.Cache + "/pathos-hpc/files").Length;
        Assert.NotEqual(staged[0], await new HostCache(one).StageAsync(StagedFile.ReadFolder(folder.Path), default).WaitAsync(Patience));
        Assert.Equal(before + 1, Directory.GetFiles(sshd.Cache + "/pathos-hpc/files").Length);
        Assert.DoesNotContain(Directory.GetFileSystemEntries(sshd.Cache + "/pathos-hpc"), path => path.Contains("/part-", StringComparison.Ordinal));
        // A host without dotnet runs on the runtime that is brought along.
        await using var pool = new SshPool(new SshPoolOptions { Hosts = [new(one, 1)], LocalWorkers = 0 });
        string[] where = await pool.MapAsync(_ => Environment.ProcessPath!, new[] { 0 }).WaitAsync(Patience);
        Assert.StartsWith(sshd.Cache, where[0], StringComparison.Ordinal);
        Assert.Equal(4.ToString(CultureInfo.InvariantCulture), (await pool.MapAsync(x => x.ToString(CultureInfo.InvariantCulture), new[] { 4 }).WaitAsync(Patience))[0]);
    }

    [Theory]
    [InlineData("getconf", "echo glibc 2.17", "it needs glibc 2.27, and there is 2.17")]
    [InlineData("uname", "[ \"$1\" = -m ] && echo riscv64 || echo Linux", "that is Linux riscv64")]
    public async Task A_runtime_that_does_not_fit_over_there_is_not_brought_and_the_error_says_what_to_install(string program, string answer, string why)
    {
        await using SshHost host = sshd.Host();
        using var folder = new TemporaryFolder("ssh misfit");
        File.SetUnixFileMode(folder.Write(program, $"#!/bin/sh\n{answer}\n"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var place = new StagingPlace(host.Name, "", (command, cancellationToken) => host.RunAsync(command with { Variables = new Dictionary<string, string> { ["PATH"] = folder.Path + ":/usr/bin:/bin" } }, cancellationToken));
        var misfit = await Assert.ThrowsAsync<HostFailedException>(() => ApplicationStage.BringAsync(place, forNodes: false, default)).WaitAsync(Patience);
        Assert.Equal(HostFailureReason.Missing, misfit.Reason);
        Assert.Contains(why, misfit.Message, StringComparison.Ordinal);
        Assert.Contains($"Install .NET {Environment.Version.Major} there", misfit.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_cache_over_there_is_cleaned_by_age_and_by_size()
    {
        await using SshHost host = sshd.Host();
        using var folder = new TemporaryFolder("ssh prune");
        string cache = folder.Path + "/cache/pathos-hpc";
        var place = new StagingPlace(host.Name, null, (command, cancellationToken) => host.RunAsync(command with { Variables = new Dictionary<string, string> { ["XDG_CACHE_HOME"] = folder.Path + "/cache" } }, cancellationToken));
        async Task<string> StageAsync(string name, HostCache at)
        {
            byte[] content = new byte[3 << 20];
            new Random(name[0]).NextBytes(content);
            Directory.CreateDirectory($"{folder.Path}/{name}");
            File.WriteAllBytes($"{folder.Path}/{name}/file", content);
            return await at.StageAsync(StagedFile.ReadFolder($"{folder.Path}/{name}"), default).WaitAsync(Patience);
        }
        void Unused(string staged, int days)
        {
            foreach (string file in Directory.GetFiles(staged))
                File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddDays(-days));
            Directory.SetLastWriteTimeUtc(staged, DateTime.UtcNow.AddDays(-days));
        }
        int Files() => Directory.GetFiles(cache + "/files").Length;

        // By age: what nobody used for a month, and what a cut left a day ago. Staging again is use, and so is a program that runs of it.
        var usual = new HostCache(place);
        string old = await StageAsync("a", usual), recent = await StageAsync("b", usual), again = await StageAsync("c", usual), running = await StageAsync("d", usual);
        Unused(old, 31);
        Unused(recent, 29);
        Unused(again, 31);
        Unused(running, 31);
        Directory.SetLastWriteTimeUtc(Directory.CreateDirectory(cache + "/part-left").FullName, DateTime.UtcNow.AddDays(-2));
        Directory.CreateDirectory(cache + "/part-coming");
        new CacheFolder(cache).Use(Path.GetFileName(running));
        Assert.Equal(again, await StageAsync("c", usual));
        string last = await StageAsync("e", usual);
        Assert.Equal(new[] { recent, again, running, last }.Order(StringComparer.Ordinal), Directory.GetDirectories(cache + "/folders").Order(StringComparer.Ordinal));
        Assert.Equal(4, Files());
        Assert.Equal(["part-coming"], Directory.GetDirectories(cache, "part-*").Select(Path.GetFileName));

        // By size: the oldest go until there is room, and never what was used within a week.
        Unused(recent, 20);
        Unused(again, 9);
        Unused(running, 10);
        Unused(last, 5);
        string small = await StageAsync("f", new HostCache(place, mostMegabytes: 10));
        Assert.Equal(new[] { again, last, small }.Order(StringComparer.Ordinal), Directory.GetDirectories(cache + "/folders").Order(StringComparer.Ordinal));
        Assert.Equal(3, Files());
        await StageAsync("g", new HostCache(place, mostMegabytes: 1));
        Assert.Equal(3, Directory.GetDirectories(cache + "/folders").Length);
        Assert.True(Directory.Exists(last));
    }
}
