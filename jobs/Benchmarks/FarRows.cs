using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace PathosHpc.Benchmarks;

/// <summary>What the way through ssh costs, beside plain ssh and beside the same pool where the host is: <c>--far HOST CONFIGURATION ROUNDS</c>.
/// HOST must be this machine, by an ssh server on loopback. Where SLURM_CONF is set pools are jobs of two nodes, else the host runs their ranks.</summary>
internal sealed class FarRows
{
    /// <summary>The option with which this program measures only these.</summary>
    public const string Option = "--far";

    private const int Large = 200_000_000;
    private readonly string host, configuration;
    private readonly Dictionary<string, List<double>> figures = [];

    private FarRows(string host, string configuration) => (this.host, this.configuration) = (host, configuration);

    private static string? Slurm => Environment.GetEnvironmentVariable("SLURM_CONF");

    /// <summary>Measures and prints all rows: the median, and in brackets the least and the most.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        if (args is not [_, var host, var configuration, var count] || !int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out int rounds) || rounds < 1)
        {
            Console.Error.WriteLine($"{Option} needs a host, a file as ssh -F takes it, and a count of rounds: {Option} box sshd/config 7");
            return 64;
        }
        var rows = new FarRows(host, configuration);
        Console.WriteLine($"load {File.ReadAllText("/proc/loadavg").Split(' ')[0]} at the beginning");
        await rows.ConnectionsAsync(rounds);
        await rows.StagingAsync(Math.Min(rounds, 3));
        await rows.PoolsAsync(rounds);
        foreach ((string name, List<double> values) in rows.figures)
        {
            values.Sort();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-70} {values[values.Count / 2],10:G4}  ({values[0]:G4} to {values[^1]:G4})"));
        }
        Console.WriteLine($"load {File.ReadAllText("/proc/loadavg").Split(' ')[0]} at the end");
        return 0;
    }

    private SshHost NewHost() => new(host, new SshHostOptions { ConfigurationFile = configuration, Interactive = false, Options = Slurm is { } file ? [$"SetEnv=SLURM_CONF={file}"] : [] });

    private static MpiPoolOptions Options(SshHost? at) => Slurm is null ? new() { Host = at, Ranks = 2 }
        : new() { Host = at, Scheduler = new SlurmScheduler(), Resources = new() { Nodes = 2, RanksPerNode = 1, Walltime = TimeSpan.FromMinutes(20) } };

    private string[] Ssh(params string[] arguments) => ["-F", configuration, .. arguments];

    private async Task ConnectionsAsync(int rounds)
    {
        string control = Path.Combine(Path.GetTempPath(), $"pathos-far-{Environment.ProcessId}");
        using Process master = Process.Start(new ProcessStartInfo("ssh", Ssh("-M", "-S", control, "-N", host)))!;
        for (var watch = Stopwatch.StartNew(); !File.Exists(control) && watch.Elapsed < TimeSpan.FromSeconds(30);)
            await Task.Delay(10);
        using var echo = new TcpListener(IPAddress.Loopback, 0);
        echo.Start();
        _ = EchoAsync(echo);
        string port = ((IPEndPoint)echo.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
        using Process direct = Process.Start(new ProcessStartInfo("ssh", Ssh("-W", $"127.0.0.1:{port}", host)) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        await using SshHost warm = NewHost();
        await warm.ConnectAsync();
        await using Stream through = await warm.OpenStreamAsync("127.0.0.1", int.Parse(port, CultureInfo.InvariantCulture));
        try
        {
            for (int round = 0; round < rounds; round++)
            {
                await MeasureAsync("connection and a command, ms: ssh", () => SshAsync("true"), 1e3);
                await MeasureAsync("connection and a command, ms: SshHost", async () =>
                {
                    await using SshHost cold = NewHost();
                    await cold.RunAsync(new HostCommand("true"));
                }, 1e3);
                await MeasureAsync("a command over a connection, ms: ssh (ControlMaster)", () => Programs.LinesAsync("ssh", Ssh("-S", control, host, "true")), 1e3);
                await MeasureAsync("a command over a connection, ms: SshHost", () => warm.RunAsync(new HostCommand("true")), 1e3);
                Add("there and back of 64 bytes, ms: ssh -W", await RoundTripAsync(direct.StandardInput.BaseStream, direct.StandardOutput.BaseStream));
                Add("there and back of 64 bytes, ms: SshHost.OpenStreamAsync", await RoundTripAsync(through, through));
            }
            Add("the relay while nothing happens, % of a core", await IdleAsync(TimeSpan.FromSeconds(20)));
        }
        finally
        {
            direct.Kill();
            master.Kill();
        }
    }

    private async Task StagingAsync(int rounds)
    {
        await using SshHost there = NewHost();
        await using var pool = new SshPool(new SshPoolOptions { Hosts = [new SshPoolHost(there, 1)], LocalWorkers = 0 });
        // Files go to hosts that are up.
        await pool.RunAsync(x => x, 1);
        for (int round = 0; round < rounds; round++)
        {
            string folder = Directory.CreateTempSubdirectory("pathos-far-").FullName;
            try
            {
                string[] files = [.. Enumerable.Range(0, 100).Select(i => Path.Combine(folder, i.ToString(CultureInfo.InvariantCulture)))];
                var content = new byte[1_000_000];
                foreach (string file in files)
                {
                    Random.Shared.NextBytes(content);
                    File.WriteAllBytes(file, content);
                }
                await MeasureAsync("staging 100 files of 1 MB, s", () => pool.StageAsync(files), 1);
                await MeasureAsync("staging them again, s", () => pool.StageAsync(files), 1);
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    private async Task PoolsAsync(int rounds)
    {
        await using SshHost there = NewHost();
        await using var far = new MpiPool(Options(there));
        await using var near = new MpiPool(Options(null));
        int[] items = [.. Enumerable.Range(0, 10_000)], large = [.. Enumerable.Repeat(1_000_000, Large / 1_000_000)];
        await MeasureAsync("first map of a new pool, s: through ssh", () => far.RunAsync(x => x + 1, 1), 1);
        await MeasureAsync("first map of a new pool, s: where the host is", () => near.RunAsync(x => x + 1, 1), 1);
        for (int round = 0; round <= rounds; round++)
        {
            if (round == 1)
                figures.Where(f => f.Key.StartsWith("10,000", StringComparison.Ordinal) || f.Key.StartsWith("one item", StringComparison.Ordinal) || f.Key.StartsWith("200 MB", StringComparison.Ordinal)).ToList().ForEach(f => f.Value.Clear());
            await MeasureAsync("10,000 items that do nothing, ms: through ssh", () => far.MapAsync(x => x, items), 1e3);
            await MeasureAsync("10,000 items that do nothing, ms: where the host is", () => near.MapAsync(x => x, items), 1e3);
            foreach ((string name, MpiPool pool) in new[] { ("through ssh", far), ("where the host is", near) })
            {
                double[] times = await TimesAsync(50, () => pool.RunAsync(x => x, 1));
                Add($"one item there and back, ms: {name}", times[times.Length / 2] * 1e3);
            }
            double connecting = await SecondsAsync(() => SshAsync("true"));
            double plain = await SecondsAsync(() => Programs.LinesAsync("/bin/sh", ["-c", $"ssh -F '{configuration}' '{host}' head -c {Large} /dev/zero | cat >/dev/null"]));
            double ranks = await RankSecondsAsync(far), client = Environment.CpuUsage.TotalTime.TotalSeconds, relay = RelaySeconds();
            double ours = await SecondsAsync(() => far.MapAsync(x => new byte[x], large));
            Add("200 MB of results, of a core of the relay, s", RelaySeconds() - relay);
            Add("200 MB of results, of a core of the client, s", Environment.CpuUsage.TotalTime.TotalSeconds - client);
            Add("200 MB of results, of a core of both ranks, s", await RankSecondsAsync(far) - ranks);
            Add("200 MB of results, MB/s: through ssh", Large / ours / 1e6);
            Add("200 MB of results, MB/s: where the host is", Large / await SecondsAsync(() => near.MapAsync(x => new byte[x], large)) / 1e6);
            Add("200 MB of results, MB/s: cat | ssh", Large / plain / 1e6);
            Add("200 MB of results, MB/s: cat | ssh without its connection", Large / (plain - connecting) / 1e6);
            Add("200 MB of results, beside cat | ssh", plain / ours);
            Add("200 MB of results, beside cat | ssh without its connection", (plain - connecting) / ours);
        }
    }

    /// <summary>Processor time of both ranks so far.</summary>
    private static async Task<double> RankSecondsAsync(MpiPool pool) =>
        (await pool.MapAsync(_ => Environment.CpuUsage.TotalTime.TotalSeconds, new[] { 0, 1 }, new MapOptions { Strategy = MapStrategy.ScatterGather })).Sum();

    private Task SshAsync(string command) => Programs.LinesAsync("ssh", Ssh(host, command));

    private void Add(string name, double value)
    {
        if (!figures.TryGetValue(name, out List<double>? values))
            figures.Add(name, values = []);
        values.Add(value);
    }

    private async Task MeasureAsync(string name, Func<Task> work, double scale) => Add(name, await SecondsAsync(work) * scale);

    private static async Task<double> SecondsAsync(Func<Task> work)
    {
        var watch = Stopwatch.StartNew();
        await work();
        return watch.Elapsed.TotalSeconds;
    }

    private static async Task<double[]> TimesAsync(int count, Func<Task> work)
    {
        var times = new double[count];
        for (int i = 0; i < count; i++)
            times[i] = await SecondsAsync(work);
        Array.Sort(times);
        return times;
    }

    private static async Task<double> RoundTripAsync(Stream to, Stream from)
    {
        var bytes = new byte[64];
        double[] times = await TimesAsync(200, async () =>
        {
            await to.WriteAsync(bytes);
            await to.FlushAsync();
            await from.ReadExactlyAsync(bytes);
        });
        return times[times.Length / 2] * 1e3;
    }

    private static async Task EchoAsync(TcpListener listener)
    {
        while (true)
        {
            TcpClient client = await listener.AcceptTcpClientAsync();
            client.NoDelay = true;
            _ = client.GetStream().CopyToAsync(client.GetStream());
        }
    }

    private static async Task<double> IdleAsync(TimeSpan time)
    {
        double before = RelaySeconds();
        await Task.Delay(time);
        return (RelaySeconds() - before) / time.TotalSeconds * 100;
    }

    /// <summary>Seconds of the processor that relays of this machine took, in steps of 10 ms.</summary>
    private static double RelaySeconds()
    {
        double all = 0;
        foreach (string process in Directory.EnumerateDirectories("/proc").Where(path => char.IsAsciiDigit(Path.GetFileName(path)[0])))
        {
            try
            {
                string line = File.ReadAllText(process + "/cmdline");
                if (!line.StartsWith("perl\0-e\0", StringComparison.Ordinal) || !line.Contains("# The relay", StringComparison.Ordinal))
                    continue;
                string state = File.ReadAllText(process + "/stat");
                string[] fields = state[(state.LastIndexOf(')') + 2)..].Split(' ');
                all += (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / 100.0;
            }
            catch (IOException)
            {
                // It has ended.
            }
        }
        return all;
    }
}
