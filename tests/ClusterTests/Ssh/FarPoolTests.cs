using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.Versioning;
using NLog;
using NLog.Config;
using NLog.Targets;
using PathosHpc.Tests;

namespace PathosHpc.ClusterTests;

/// <summary>Maps on the ranks of a Slurm that only ssh reaches, and of its login node.</summary>
[Collection(FarMapsCollection.Name)]
[UnsupportedOSPlatform("windows")]
public sealed class FarPoolTests(LiveSlurm slurm, PoolSshd sshd, PerllessPoolSshd perlless, PerllessShutPoolSshd shut) : IClassFixture<PoolSshd>, IClassFixture<PerllessPoolSshd>, IClassFixture<PerllessShutPoolSshd>, IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(180);
    private static readonly string Rig = AppContext.BaseDirectory.Replace("/ClusterTests/", "/Rigs/FaultRig/", StringComparison.Ordinal) + "PathosHpc.FaultRig.dll";
    private readonly ConcurrentQueue<JobProgress> told = new();

    private SshHost Login(PoolSshd? at = null, bool multiplexing = true) => (at ?? sshd).Host(change: o => o with { Multiplexing = multiplexing, Options = [$"SetEnv=SLURM_CONF={slurm.Host.Variables["SLURM_CONF"]}"], LostAfter = TimeSpan.FromSeconds(4) });

    private MpiPoolOptions Options(SshHost login, MpiFlavor flavor = MpiFlavor.OpenMpi) => slurm.Options(flavor, host: login) with { JobProgress = new Told<JobProgress>(told.Enqueue), Output = RankOutput.Discard };

    public Task InitializeAsync() => slurm.CleanAsync();

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Maps_go_through_ssh_and_the_queue_and_come_back_although_the_connection_is_cut()
    {
        await using SshHost login = Login();
        var ways = new ConcurrentQueue<string>();
        using var log = new Listening(ways);
        await using (var pool = new MpiPool(Options(login)))
        {
            string[] where = await pool.MapAsync(_ => Environment.ProcessPath + " " + typeof(FarPoolTests).Assembly.Location, new[] { 0, 1, 2, 3 }).WaitAsync(Patience);
            // Neither this machine's program nor its dotnet: the node's copies of what was brought there.
            Assert.All(where, path => Assert.Matches("^/tmp/pathos-hpc-[0-9]+/[0-9a-f]{32}/dotnet /tmp/pathos-hpc-[0-9]+/[0-9a-f]{32}/", path));
            Assert.Contains(ways, way => way.Contains("is reached by a connection to", StringComparison.Ordinal));

            // Files go there by their content, and those that functions make come back.
            using var files = new TemporaryFolder("far files");
            string cache = $"{sshd.Cache}/pathos-hpc/folders/";
            FileInput[] inputs = await pool.StageAsync([files.Write("a/some input.txt", "one"), files.Write("b/some input.txt", "three"), files.Path + "/a/some input.txt"]).WaitAsync(Patience);
            FileResult[] made = await pool.MapAsync(file =>
            {
                Assert.StartsWith(cache, file.Path, StringComparison.Ordinal);
                string output = Path.Combine(Path.GetTempPath(), $"made-{Guid.NewGuid():N}");
                File.WriteAllText(output, $"{file.Name}: {File.ReadAllText(file.Path)}");
                FileResult kept = FileResult.Of(output);
                File.Delete(output);
                return kept;
            }, inputs).WaitAsync(Patience);
            for (int i = 0; i < made.Length; i++)
                await pool.FetchAsync(made[i], $"{files.Path}/{i}").WaitAsync(Patience);
            Assert.Equal(["some input.txt: one", "some input.txt: three", "some input.txt: one"], Enumerable.Range(0, 3).Select(i => File.ReadAllText($"{files.Path}/{i}")));

            // Every kind of map.
            int offset = 5;
            int[] items = [.. Enumerable.Range(0, 20_000)];
            Assert.Equal(items.Select(x => x + 5), await pool.MapAsync(x => x + offset, items).WaitAsync(Patience));
            var streamed = new List<int>();
            await foreach (int result in pool.MapStreamAsync(x => x * 2, items.Take(500)))
                streamed.Add(result);
            Assert.Equal(items.Take(500).Select(x => x * 2), streamed);
            var error = await Assert.ThrowsAsync<ItemFailedException>(() => pool.MapAsync(x => x == 7 ? Fail(x) : x, items.Take(20))).WaitAsync(Patience);
            Assert.Equal(7, error.Index);
            Assert.Contains(nameof(Fail), error.RemoteStackTrace, StringComparison.Ordinal);
            using (var cancel = new CancellationTokenSource())
            {
                Task<int[]> canceled = pool.MapAsync(x => { Thread.Sleep(50); return x; }, items, cancellationToken: cancel.Token);
                await Task.Delay(300);
                await cancel.CancelAsync();
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => canceled).WaitAsync(Patience);
            }

            // Results that come as they are made, while the connection is cut again and again: each once, and none is missing.
            using var marks = new TemporaryFolder("far marks");
            string folder = marks.Path;
            var seen = new List<long>();
            int cuts = 0;
            await foreach ((long index, int item) in pool.MapUnorderedAsync(x => { File.AppendAllText($"{folder}/{x}", "x"); Thread.Sleep(10); return x; }, items.Take(1500), new MapOptions { ChunkSize = 1 }))
            {
                Assert.Equal(index, item);
                seen.Add(index);
                if (seen.Count % 250 == 100)
                {
                    await sshd.ScriptAsync("cut");
                    cuts++;
                }
            }
            Assert.Equal(6, cuts);
            Assert.Equal(items.Take(1500).Select(x => (long)x), seen.Order());
            // Not even computed twice: the ranks stayed, and the session went on.
            Assert.All(Directory.GetFiles(folder), file => Assert.Equal(1, new FileInfo(file).Length));
            Assert.Equal(2, pool.Statistics.Ranks.Count(r => r.Items > 0));
        }
        Assert.Single(told.Select(t => t.JobId).Distinct());
        Assert.Contains(told, t => t.State == JobState.Running);
        await slurm.NothingIsLeftAsync(ways);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)] // as on Windows
    public async Task Where_the_login_node_has_no_perl_ssh_itself_forwards_the_stream_of_a_map(bool multiplexing)
    {
        await using SshHost login = Login(perlless, multiplexing);
        var ways = new ConcurrentQueue<string>();
        using var log = new Listening(ways);
        await using (var pool = new MpiPool(Options(login, MpiFlavor.Mpich) with { Way = LinkWay.Connection }))
            await MapAcrossACutAsync(pool, perlless);
        Assert.Contains(ways, way => way.Contains("is reached by a connection to", StringComparison.Ordinal));
        Assert.Contains(ways, way => way.Contains(multiplexing ? "are forwarded by ssh over the shared connection" : "are forwarded by ssh over a connection of their own", StringComparison.Ordinal));
        await slurm.NothingIsLeftAsync(ways);
    }

    [Fact]
    public async Task The_job_folder_carries_a_map_through_ssh_where_the_login_node_has_no_perl_and_forwards_nothing()
    {
        await using SshHost login = Login(shut);
        var ways = new ConcurrentQueue<string>();
        using var log = new Listening(ways);
        var unable = await Assert.ThrowsAsync<JobFailedException>(async () =>
        {
            await using var pool = new MpiPool(Options(login, MpiFlavor.Mpich) with { Way = LinkWay.Connection });
            await pool.RunAsync(x => x, 1).WaitAsync(Patience);
        });
        Assert.Contains("has no perl", unable.Message, StringComparison.Ordinal);
        Assert.Contains("AllowTcpForwarding", unable.Message, StringComparison.Ordinal);
        await using (var pool = new MpiPool(Options(login, MpiFlavor.Mpich)))
        {
            await MapAcrossACutAsync(pool, shut);
            Assert.Contains(ways, way => way.Contains("has no perl", StringComparison.Ordinal));
            Assert.Contains(ways, way => way.Contains($"is reached by {slurm.WorkFolder}", StringComparison.Ordinal));
        }
        await slurm.NothingIsLeftAsync(ways);
    }

    private static async Task MapAcrossACutAsync(MpiPool pool, PrivateSshd at)
    {
        byte[][] items = [.. Enumerable.Range(0, 40).Select(i => new byte[i * 10_000])];
        Assert.Equal(items.Select(x => x.Length), await pool.MapAsync(x => x.Length, items).WaitAsync(Patience));
        Task<int[]> map = pool.MapAsync(x => { Thread.Sleep(20); return x; }, Enumerable.Range(0, 100), new MapOptions { ChunkSize = 1 });
        await at.ScriptAsync("cut");
        Assert.Equal(Enumerable.Range(0, 100), await map.WaitAsync(Patience));
    }

    [Fact]
    public async Task Streams_through_ssh_that_are_cut_a_hundred_times_with_frames_in_flight_lose_nothing()
    {
        await using SshHost login = Login();
        var host = new CuttingHost(login, cuts: 100);
        await using (var pool = new MpiPool(Options(login) with { Host = host }))
        {
            int[] items = [.. Enumerable.Range(0, 100_000)];
            for (int round = 1; host.Opened < 100; round++)
            {
                Assert.Equal(items.Select(x => x + round), await pool.MapAsync(x => x + round, items, new MapOptions { ChunkSize = 50 }).WaitAsync(Patience));
                Assert.True(round < 100, $"only {host.Opened} streams were opened");
            }
        }
        Assert.Single(told.Select(t => t.JobId).Distinct());
        await slurm.NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_host_without_a_queue_and_with_another_clock_runs_the_ranks_itself()
    {
        string? faketime = Directory.GetDirectories("/usr/lib", "*-linux-gnu").Select(folder => folder + "/faketime/libfaketimeMT.so.1").FirstOrDefault(File.Exists);
        Assert.True(faketime is not null, "libfaketime is missing: install the packages that ./test names");
        // Three days behind ours, for whatever runs there.
        await using SshHost host = sshd.Host(), late = sshd.Host(change: o => o with { Options = [$"SetEnv=LD_PRELOAD={faketime} FAKETIME=-3d FAKETIME_DONT_FAKE_MONOTONIC=1"] });
        using var work = new TemporaryFolder("far work");
        var options = new MpiPoolOptions { Host = host, Ranks = 3, WorkFolder = work.Path, Mpiexec = "mpiexec.hydra", JobProgress = new Told<JobProgress>(told.Enqueue), Output = RankOutput.Discard };
        int[] processes;
        await using (var pool = new MpiPool(options with { Host = late }))
        {
            processes = await pool.MapAsync(_ => { Compute(10); return Environment.ProcessId; }, Enumerable.Range(0, 60), new MapOptions { ChunkSize = 1 }).WaitAsync(Patience);
            Assert.Equal(3, processes.Distinct().Count());
            Assert.True(await pool.RunAsync(_ => DateTime.UtcNow, 0).WaitAsync(Patience) < DateTime.UtcNow - TimeSpan.FromDays(2));
            Task<int[]> map = pool.MapAsync(x => { Compute(20); return x * x; }, Enumerable.Range(0, 200), new MapOptions { ChunkSize = 1 });
            await sshd.ScriptAsync("cut");
            Assert.Equal(Enumerable.Range(0, 200).Select(x => x * x), await map.WaitAsync(Patience));
        }
        // The launcher may be a moment behind its ranks.
        await LiveSlurm.UntilAsync(() => Task.FromResult(processes.All(process => !Directory.Exists($"/proc/{process}"))), () => $"ranks are left: {string.Join(", ", processes.Distinct())}");
        Assert.Empty(Directory.GetDirectories(work.Path));
        Assert.Matches(@"^\d+\.", told.First().JobId);

        // Whose ranks stay nowhere when the job is ended from elsewhere: the map fails, and says so.
        await using (var pool = new MpiPool(options))
        {
            Assert.Equal(2, await pool.RunAsync(x => x + 1, 1).WaitAsync(Patience));
            Task<int[]> map = pool.MapAsync(x => { Thread.Sleep(100); return x; }, Enumerable.Range(0, 10_000), new MapOptions { ChunkSize = 1 });
            Process.GetProcessById(int.Parse(told.Last().JobId.Split('.')[0], null)).Kill();
            await Assert.ThrowsAsync<JobFailedException>(() => map).WaitAsync(Patience);
        }
        var error = await Assert.ThrowsAsync<JobFailedException>(async () =>
        {
            await using var pool = new MpiPool(options with { Mpiexec = "no-such-mpiexec" });
            await pool.RunAsync(x => x, 1).WaitAsync(Patience);
        });
        Assert.Contains("no-such-mpiexec", error.Message, StringComparison.Ordinal);
        var file = await Assert.ThrowsAsync<HostFailedException>(async () =>
        {
            await using var pool = new MpiPool(options with { WorkFolder = "/proc/no/such" });
            await pool.RunAsync(x => x, 1).WaitAsync(Patience);
        });
        Assert.Equal(HostFailureReason.File, file.Reason);
    }

    [Fact]
    public async Task A_map_goes_on_without_its_client_and_its_results_come_back_to_another()
    {
        // The laptop's program is killed once it has submitted.
        string id, configuration = slurm.Host.Variables["SLURM_CONF"];
        using (Process client = Process.Start(new ProcessStartInfo("dotnet", [Rig, "submit", slurm.WorkFolder, "mpiexec.hydra", sshd.Configuration, configuration]) { RedirectStandardOutput = true, RedirectStandardError = true })!)
        {
            try
            {
                id = await client.StandardOutput.ReadLineAsync().WaitAsync(Patience) ?? throw new InvalidOperationException($"the client gave no id: {await client.StandardError.ReadToEndAsync()}");
            }
            finally
            {
                client.Kill();
            }
        }
        var scheduler = new SlurmScheduler { Pace = PrivateSlurm.Quick };
        await using (SshHost shut = Login())
        {
            // Another program attaches, loses its connection, and is not let in again: it does not knock, and says who must.
            await using MapJob<double> job = await MapJob<double>.AttachAsync(scheduler, id, shut, slurm.WorkFolder).WaitAsync(Patience);
            string keys = File.ReadAllText(sshd.Folder + "/authorized");
            File.WriteAllText(sshd.Folder + "/authorized", "");
            await sshd.ScriptAsync("cut");
            var refused = await Assert.ThrowsAsync<HostFailedException>(() => job.WaitAsync()).WaitAsync(Patience);
            Assert.True(refused.Reason == HostFailureReason.Authentication, refused.Message);
            Assert.Contains("attach", refused.Message, StringComparison.Ordinal);
            File.WriteAllText(sshd.Folder + "/authorized", keys);
            await Assert.ThrowsAsync<HostFailedException>(() => shut.RunAsync(new HostCommand("true"))).WaitAsync(Patience);
            await shut.ConnectAsync().WaitAsync(Patience);
            Assert.True((await shut.RunAsync(new HostCommand("true")).WaitAsync(Patience)).Succeeded);
        }
        await using SshHost again = Login();
        await using MapJob<double> same = await MapJob<double>.AttachAsync(scheduler, id, again, slurm.WorkFolder).WaitAsync(Patience);
        Task<double[]> results = same.WaitAsync();
        await sshd.ScriptAsync("cut");
        Assert.Equal(Enumerable.Range(0, 200).Select(x => x * 0.5), await results.WaitAsync(Patience));

        // And to the tool, which knows the site.
        using var sites = new TemporaryFolder("far sites");
        sites.Write("pathos-hpc/sites/far.json", $$"""
            {
              "scheduler": "slurm", "mpi": "mpich", "workFolder": "{{slurm.WorkFolder}}", "address": "box",
              "ssh": { "configurationFile": "{{sshd.Configuration}}", "options": ["SetEnv=SLURM_CONF={{slurm.Host.Variables["SLURM_CONF"]}}"] }
            }
            """);
        CommandOutcome fetched = await RunAsync(sites, "fetch", "--site", "far", id);
        Assert.Equal(200, fetched.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Equal(0, (await RunAsync(sites, "attach", "--site", "far", id)).ExitCode);
        CommandOutcome ran = await RunAsync(sites, "submit", "--site", "far", "--once", "--wait", "--time", "2m", "--", "sh", "-c", "echo here; pwd; exit 7");
        Assert.True(ran.ExitCode == 1, ran.Output + ran.Error);
        string ours = ran.Output.Split(' ')[1];
        Assert.Contains("here", (await RunAsync(sites, "logs", "--site", "far", ours)).Output, StringComparison.Ordinal);
        Assert.Contains("\"exitCode\": 7", (await RunAsync(sites, "status", "--site", "far", "--json", ours)).Output, StringComparison.Ordinal);
        CommandOutcome script = await RunAsync(sites, "script", "--site", "far", "--once", "--", "sleep", "600");
        Assert.Contains("#SBATCH", script.Output, StringComparison.Ordinal);
        Assert.Contains("sbatch", script.Error, StringComparison.Ordinal);
        CommandOutcome submitted = await RunAsync(sites, "submit", "--site", "far", "--held", "--once", "--json", "--time", "2m", "--", "sleep", "600");
        string held = System.Text.RegularExpressions.Regex.Match(submitted.Output, "\"id\": \"(.+?)\"").Groups[1].Value;
        Assert.Contains("is held", (await RunAsync(sites, "hold", "--site", "far", held)).Output, StringComparison.Ordinal);
        Assert.Contains("is released", (await RunAsync(sites, "release", "--site", "far", held)).Output, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync(sites, "cancel", "--site", "far", held)).ExitCode);
        Assert.Equal(5, (await RunAsync(sites, "wait", "--site", "far", held)).ExitCode);
        await again.DeleteAsync(slurm.WorkFolder);
    }

    [Fact]
    public async Task A_map_waits_for_a_host_that_does_not_let_us_in_again_and_says_what_to_do()
    {
        await using SshHost login = Login();
        string authorized = sshd.Folder + "/authorized", keys = File.ReadAllText(authorized);
        var lines = new ConcurrentQueue<string>();
        using var log = new Listening(lines);
        using var marks = new TemporaryFolder("far refused");
        string folder = marks.Path;
        async Task RefuseAsync()
        {
            File.WriteAllText(authorized, "");
            await sshd.ScriptAsync("cut");
        }
        try
        {
            await using (var pool = new MpiPool(Options(login) with { HeartbeatTimeout = TimeSpan.FromSeconds(20), ClientGrace = TimeSpan.FromMinutes(2) }))
            {
                Assert.Equal(2, await pool.RunAsync(x => x + 1, 1).WaitAsync(Patience));
                Task<int[]> map = pool.MapAsync(x => { File.AppendAllText($"{folder}/{x}", "x"); Thread.Sleep(20); return x; }, Enumerable.Range(0, 300), new MapOptions { ChunkSize = 1 });
                await RefuseAsync();
                await LiveSlurm.UntilAsync(() => Task.FromResult(lines.Any(line => line.Contains("does not let us in again", StringComparison.Ordinal))), () => "nothing is said of it");
                Assert.False(map.IsCompleted);
                File.WriteAllText(authorized, keys);
                await login.ConnectAsync().WaitAsync(Patience);
                Assert.Equal(Enumerable.Range(0, 300), await map.WaitAsync(Patience));
                Assert.All(Directory.GetFiles(folder), file => Assert.Equal(1, new FileInfo(file).Length));

                // When nobody opens the door, the map ends after HeartbeatTimeout.
                map = pool.MapAsync(x => { Thread.Sleep(100); return x; }, Enumerable.Range(0, 10_000), new MapOptions { ChunkSize = 1 });
                await RefuseAsync();
                var lost = await Assert.ThrowsAsync<JobFailedException>(() => map).WaitAsync(Patience);
                Assert.Equal(JobFailureReason.HeartbeatLost, lost.Reason);
                foreach (string word in new[] { "Permission denied", "ClientGrace", "SubmitAsync" })
                    Assert.Contains(word, lost.Message, StringComparison.Ordinal);
                File.WriteAllText(authorized, keys);
                await login.ConnectAsync().WaitAsync(Patience);
            }
            await slurm.NothingIsLeftAsync();
        }
        finally
        {
            File.WriteAllText(authorized, keys);
        }
    }

    [Fact]
    public async Task A_laptop_that_slept_while_its_connection_was_lost_goes_on_with_its_map()
    {
        using Process client = Process.Start(new ProcessStartInfo("dotnet", [Rig, "job-client", slurm.Host.Variables["SLURM_CONF"], slurm.WorkFolder, "60", "", sshd.Configuration])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        int[] asleep = [];
        try
        {
            while (await client.StandardOutput.ReadLineAsync().WaitAsync(Patience) is { } line && line != "mapping")
                Assert.False(client.HasExited);
            asleep = [.. LinuxProcess.Tree(client.Id)]; // its ssh too
            Assert.True(asleep.Length > 1);
            foreach (int process in asleep)
                LinuxProcess.Signal(process, "STOP");
            await sshd.ScriptAsync("cut");
            await Task.Delay(TimeSpan.FromSeconds(8));
            Assert.Single(await slurm.JobsAsync());
        }
        finally
        {
            foreach (int process in asleep)
                LinuxProcess.Signal(process, "CONT");
        }
        string rest = await client.StandardOutput.ReadToEndAsync().WaitAsync(Patience);
        Assert.Contains($"sum {Enumerable.Range(0, 300).Sum(x => (long)x * x)} of 300 by 2", rest, StringComparison.Ordinal);
        await client.WaitForExitAsync().WaitAsync(Patience);
        await slurm.NothingIsLeftAsync();
    }

    [Fact]
    public async Task Nothing_that_is_needed_after_a_reconnect_lives_on_one_of_two_login_nodes()
    {
        var first = new PoolSshd();
        var second = new PoolSshd { Home = first.Folder };
        try
        {
            await first.InitializeAsync();
            await second.InitializeAsync();
            // One name for both: it leads to the second once the file is there.
            string moved = second.Folder + "/moved", configuration = second.Folder + "/both";
            string port = File.ReadLines(second.Configuration).First(line => line.Contains("Port ", StringComparison.Ordinal));
            File.WriteAllText(configuration, $"Match exec \"test -e '{moved}'\"\n{port}\n  IdentityFile {second.Folder}/id\n  UserKnownHostsFile {second.Folder}/known_hosts\n{File.ReadAllText(first.Configuration)}");
            SshHost Both() => second.Host(change: o => o with { ConfigurationFile = configuration, Options = [$"SetEnv=SLURM_CONF={slurm.Host.Variables["SLURM_CONF"]}"], LostAfter = TimeSpan.FromSeconds(4), Multiplexing = false });
            using var files = new TemporaryFolder("far login nodes");
            string marks = files.Path + "/marks";
            Directory.CreateDirectory(marks);
            await using SshHost login = Both(), other = Both();
            await using (var pool = new MpiPool(Options(login)))
            await using (var workers = new SshPool(new SshPoolOptions { Hosts = [new(other, 2)], LocalWorkers = 0, Restarts = 20 }))
            {
                FileInput input = (await pool.StageAsync([files.Write("input", "content")]).WaitAsync(Patience))[0];
                await using MapJob<int> left = await MpiPool.SubmitAsync(Options(login) with { WorkFolder = slurm.WorkFolder }, x => { Thread.Sleep(20); return x + 1; }, Enumerable.Range(0, 300)).WaitAsync(Patience);
                Task<int[]> there = workers.MapAsync(x => { Thread.Sleep(10); return x * 2; }, Enumerable.Range(0, 1000), new MapOptions { ChunkSize = 1 });
                var seen = new List<long>();
                await foreach ((long index, string content) in pool.MapUnorderedAsync(x => { File.AppendAllText($"{marks}/{x}", "x"); Thread.Sleep(10); return File.ReadAllText(input.Path); }, Enumerable.Range(0, 600), new MapOptions { ChunkSize = 1 }))
                {
                    Assert.Equal("content", content);
                    seen.Add(index);
                    if (seen.Count != 100)
                        continue;
                    // The first login node goes, with everything that was only there.
                    File.WriteAllText(moved, "");
                    await first.ScriptAsync("stop");
                    Directory.Delete(first.Temporary, recursive: true);
                }
                Assert.Equal(Enumerable.Range(0, 600).Select(x => (long)x), seen.Order());
                Assert.All(Directory.GetFiles(marks), file => Assert.Equal(1, new FileInfo(file).Length));
                Assert.Equal(Enumerable.Range(0, 1000).Select(x => x * 2), await there.WaitAsync(Patience));
                Assert.Equal(Enumerable.Range(1, 300), await left.WaitAsync().WaitAsync(Patience));
                // Another file goes to the cache, and comes back.
                FileInput more = (await pool.StageAsync([files.Write("more", "more")]).WaitAsync(Patience))[0];
                await pool.FetchAsync(await pool.RunAsync(file => FileResult.Of(file.Path), more).WaitAsync(Patience), files.Path + "/back").WaitAsync(Patience);
                Assert.Equal("more", File.ReadAllText(files.Path + "/back"));
                await login.DeleteAsync(left.Folder);
            }
            await slurm.NothingIsLeftAsync();
        }
        finally
        {
            await first.DisposeAsync();
            await second.DisposeAsync();
        }
    }

    private static Task<CommandOutcome> RunAsync(TemporaryFolder configuration, params string[] arguments) =>
        new Command("dotnet", [Path.Combine(AppContext.BaseDirectory, "pathos.dll"), .. arguments]) { Environment = new Dictionary<string, string?> { ["XDG_CONFIG_HOME"] = configuration.Path } }.RunAsync();

    /// <summary>For so long in real time: where the clock is another, waits may end at once.</summary>
    private static void Compute(int milliseconds)
    {
        for (long began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began).TotalMilliseconds < milliseconds;)
            Thread.Yield();
    }

    private static int Fail(int item) => throw new InvalidOperationException($"item {item}");

    /// <summary>What this process logs, for as long as it lives.</summary>
    private sealed class Listening : IDisposable
    {
        private readonly LoggingConfiguration? before = LogManager.Configuration;

        public Listening(ConcurrentQueue<string> lines)
        {
            var configuration = new LoggingConfiguration();
            configuration.AddRule(LogLevel.Info, LogLevel.Fatal, new MethodCallTarget("far", (info, _) => lines.Enqueue($"{info.TimeStamp:HH:mm:ss.fff} {info.FormattedMessage}")), "PathosHpc.*");
            LogManager.Configuration = configuration;
        }

        public void Dispose() => LogManager.Configuration = before;
    }
}
