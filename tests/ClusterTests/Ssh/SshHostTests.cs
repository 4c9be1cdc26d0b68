using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Text;
using PathosHpc.Tests;

namespace PathosHpc.ClusterTests;

/// <summary>What a host behind a real sshd does, over a usual one, one that allows a single session, and one without perl.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class SshHostTests(PrivateSshd usual, NarrowSshd narrow, PerllessSshd perlless) : IClassFixture<PrivateSshd>, IClassFixture<NarrowSshd>, IClassFixture<PerllessSshd>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public enum Kind
    {
        Usual,
        Narrow,
        Perlless,
    }

    [Theory]
    [InlineData(Kind.Usual)]
    [InlineData(Kind.Perlless)]
    public async Task Files_are_written_read_listed_and_removed(Kind kind)
    {
        await using SshHost host = Sshd(kind).Host();
        using var folder = new TemporaryFolder("ssh files");
        string deep = folder.Path + "/a b/'c'/$d\nnew line", file = deep + "/-x \"é\"";
        await host.CreateFolderAsync(deep, (UnixFileMode)0b111_000_000).WaitAsync(Patience);
        await host.CreateFolderWithinAsync(deep + "/sub", (UnixFileMode)0b111_000_000).WaitAsync(Patience);
        Assert.Equal((UnixFileMode)0b111_000_000, File.GetUnixFileMode(deep + "/sub"));
        // It was removed, say: it is not made anew.
        Assert.Equal(HostFailureReason.File, (await Assert.ThrowsAsync<HostFailedException>(() => host.CreateFolderWithinAsync(deep + "/gone/sub", (UnixFileMode)0b111_000_000)).WaitAsync(Patience)).Reason);
        Assert.False(Directory.Exists(deep + "/gone"));
        byte[] bytes = [.. Enumerable.Range(0, 1000).Select(i => (byte)i)];
        await host.WriteFileAsync(file, new byte[5], (UnixFileMode)0b110_000_000).WaitAsync(Patience);
        await host.WriteFileAsync(file, bytes, (UnixFileMode)0b110_100_000).WaitAsync(Patience);
        Assert.Equal(bytes, File.ReadAllBytes(file));
        Assert.Equal((UnixFileMode)0b110_100_000, File.GetUnixFileMode(file));
        Assert.Equal(bytes, await host.ReadFileAsync(file).WaitAsync(Patience));
        Assert.Equal(bytes[10..30], await host.ReadFileAsync(file, 10, 20).WaitAsync(Patience));
        Assert.Equal(bytes[^7..], await host.ReadFileAsync(file, -7).WaitAsync(Patience));
        Assert.Empty(await host.ReadFileAsync(file, 5000).WaitAsync(Patience) ?? [1]);
        Assert.Null(await host.ReadFileAsync(file + "-not").WaitAsync(Patience));
        Assert.Equal((HostFile[])[new("-x \"é\"", false, 1000), new("sub", true, 0)], (await host.ListAsync(deep).WaitAsync(Patience)).OrderBy(f => f.Name, StringComparer.Ordinal));
        Assert.Empty(await host.ListAsync(deep + "/no such").WaitAsync(Patience));
        var refused = await Assert.ThrowsAsync<HostFailedException>(() => host.WriteFileAsync(folder.Path + "/none/x", bytes, (UnixFileMode)0b110_000_000)).WaitAsync(Patience);
        Assert.Equal(HostFailureReason.File, refused.Reason);
        Assert.Contains("/none/x", refused.Message, StringComparison.Ordinal);
        Assert.Equal(HostFailureReason.File, (await Assert.ThrowsAsync<HostFailedException>(() => host.ReadFileAsync(deep)).WaitAsync(Patience)).Reason);
        await host.DeleteAsync(folder.Path + "/a b").WaitAsync(Patience);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
        Assert.Equal(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), await host.GetHomeFolderAsync().AsTask().WaitAsync(Patience));
    }

    [Theory]
    [InlineData(Kind.Usual)]
    [InlineData(Kind.Perlless)]
    public async Task A_command_that_is_timed_out_or_canceled_or_left_ends_with_its_children(Kind kind)
    {
        using var folder = new TemporaryFolder("ssh kill");
        SshHost host = Sshd(kind).Host();
        HostCommand Sleeper(string name) => new("sh", "-c", "sleep 600 & echo $$ $! >\"$1.t\"; mv \"$1.t\" \"$1\"; echo so far; wait", "sh", folder.Path + "/" + name);
        CommandResult late = await host.RunAsync(Sleeper("timeout") with { Timeout = TimeSpan.FromSeconds(2) }).WaitAsync(Patience);
        Assert.Equal((true, -1, "so far\n"), (late.TimedOut, late.ExitCode, late.StandardOutput));
        using var stop = new CancellationTokenSource();
        Task<CommandResult> canceled = host.RunAsync(Sleeper("cancel"), stop.Token);
        Task<CommandResult> left = host.RunAsync(Sleeper("dispose"));
        await UntilAsync(() => File.Exists(folder.Path + "/cancel") && File.Exists(folder.Path + "/dispose"));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => canceled.WaitAsync(Patience));
        if (kind == Kind.Usual)
        {
            // In a session of its own a command meets the end of the connection only when it writes.
            await host.DisposeAsync().AsTask().WaitAsync(Patience);
            await Assert.ThrowsAsync<HostFailedException>(() => left.WaitAsync(Patience));
        }
        string[] names = kind == Kind.Usual ? ["timeout", "cancel", "dispose"] : ["timeout", "cancel"];
        int[] processes = [.. names.SelectMany(name => File.ReadAllText(folder.Path + "/" + name).Split(' ').Select(p => int.Parse(p, CultureInfo.InvariantCulture)))];
        await UntilAsync(() => processes.All(p => LinuxProcess.HasEnded(p)));
        foreach (string process in File.ReadAllText(folder.Path + "/dispose").Split(' ').Where(_ => kind != Kind.Usual))
            Process.GetProcessById(int.Parse(process, CultureInfo.InvariantCulture)).Kill();
        await host.DisposeAsync();
    }

    [Theory]
    [InlineData(Kind.Usual)]
    [InlineData(Kind.Perlless)]
    public async Task A_command_that_is_canceled_while_it_starts_does_not_stay(Kind kind)
    {
        using var folder = new TemporaryFolder("ssh early");
        // What comes from over there comes late, as under load: commands have begun by then.
        string ssh = folder.Path + "/ssh";
        File.WriteAllText(ssh, "#!/bin/sh\nssh \"$@\" | { sleep 1; cat; }\n");
        File.SetUnixFileMode(ssh, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await using SshHost host = Sshd(kind).Host(change: o => o with { Program = ssh });
        await host.RunAsync(new HostCommand("true")).WaitAsync(Patience);
        foreach (int milliseconds in (int[])[0, 200, 700])
        {
            using var stop = new CancellationTokenSource(milliseconds);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => host.RunAsync(new HostCommand("sh", "-c", "sleep 600; :", folder.Path + "/command"), stop.Token).WaitAsync(Patience));
            // One that had not begun by then has, or never will; and a server lets ten sessions in.
            await host.RunAsync(new HostCommand("sleep", "3")).WaitAsync(Patience);
        }
        await UntilAsync(() => !Directory.EnumerateDirectories("/proc").Any(process => CommandLine(process).Contains(folder.Path + "/command", StringComparison.Ordinal)));

        static string CommandLine(string process)
        {
            try
            {
                return File.ReadAllText(process + "/cmdline");
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return "";
            }
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)] // as on Windows
    public async Task One_connection_with_one_session_carries_everything(bool multiplexing)
    {
        await using SshHost host = narrow.Host(change: o => o with { Multiplexing = multiplexing });
        using var folder = new TemporaryFolder("ssh narrow");
        int logins = Logins(narrow);
        byte[] bytes = new byte[5_000_000];
        new Random(2).NextBytes(bytes);
        File.WriteAllBytes(folder.Path + "/here", bytes);
        using var server = new EchoServer();
        Task copy = host.PutAsync(folder.Path + "/here", folder.Path + "/there");
        Task<CommandResult>[] commands = [.. Enumerable.Range(0, 20).Select(i => host.RunAsync(new HostCommand("sh", "-c", "sleep 0.2; echo \"$1\"; exit \"$1\"", "sh", i.ToString(CultureInfo.InvariantCulture))))];
        await using (SshTunnel tunnel = await host.OpenTunnelAsync(server.Port).WaitAsync(Patience))
        {
            using var client = new TcpClient("127.0.0.1", tunnel.Port);
            await EchoServer.ExchangeAsync(client.GetStream(), bytes[..100_000]);
        }
        CommandResult[] results = await Task.WhenAll(commands).WaitAsync(Patience);
        Assert.Equal(Enumerable.Range(0, 20).Select(i => (i, i + "\n")), results.Select(r => (r.ExitCode, r.StandardOutput)));
        await copy.WaitAsync(Patience);
        Assert.Equal(bytes, File.ReadAllBytes(folder.Path + "/there"));
        Assert.Equal(logins + 1, Logins(narrow));
        // A copy goes on over the next connection.
        int cuts = 0;
        byte[] large = new byte[20_000_000];
        new Random(9).NextBytes(large);
        File.WriteAllBytes(folder.Path + "/large", large);
        await host.PutAsync(folder.Path + "/large", folder.Path + "/large there", new Told([], progress =>
        {
            if (cuts == 0 && progress.Bytes > 4_000_000)
                narrow.ScriptAsync("cut").Wait(TimeSpan.FromSeconds(20 * ++cuts));
        })).WaitAsync(Patience);
        Assert.Equal(large, File.ReadAllBytes(folder.Path + "/large there"));
        Assert.Equal(1, cuts);
    }

    [Fact]
    public async Task Both_outputs_of_a_command_arrive_whole_although_nobody_reads_at_first()
    {
        await using SshHost host = usual.Host();
        const int Size = 8_000_000;
        for (int i = 0; i < 6; i++)
        {
            await using SshProcess process = await host.StartAsync(new HostCommand("sh", "-c", $"head -c {Size} /dev/zero & head -c {Size} /dev/zero >&2; wait")).WaitAsync(Patience);
            // Until what may come has come: both stand still then.
            await Task.Delay(300);
            long[] came = await Task.WhenAll(new[] { process.StandardOutput, process.StandardError }.Select(async stream =>
            {
                long count = 0;
                var buffer = new byte[1 << 16];
                for (int read; (read = await stream.ReadAsync(buffer)) > 0;)
                    count += read;
                return count;
            })).WaitAsync(Patience);
            Assert.Equal([Size, Size], came);
            Assert.Equal(0, await process.Exit.WaitAsync(Patience));
        }
    }

    [Fact]
    public async Task A_folder_goes_over_and_comes_back_as_it_was()
    {
        await using SshHost host = usual.Host();
        using var folder = new TemporaryFolder("ssh folders");
        string from = folder.Path + "/from", there = folder.Path + "/t here", back = folder.Path + "/back";
        Directory.CreateDirectory(from + "/empty");
        var random = new Random(3);
        for (int i = 0; i < 60; i++)
        {
            byte[] content = new byte[random.Next(40_000)];
            random.NextBytes(content);
            Directory.CreateDirectory($"{from}/d {i % 3}/-e");
            File.WriteAllBytes($"{from}/d {i % 3}/-e/file '{i}'\n\"é\"", content);
        }
        File.WriteAllText(from + "/" + new string('n', 200), "long name");
        File.SetUnixFileMode(from + "/" + new string('n', 200), (UnixFileMode)0b111_101_000);
        File.CreateSymbolicLink(from + "/link", "d 0/-e");
        var told = new List<TransferProgress>();
        await host.PutAsync(from, there, new Told(told)).WaitAsync(Patience);
        Assert.Equal((61, 61), (told[^1].Files, told[^1].TotalFiles));
        Assert.Equal(told[^1].TotalBytes, told[^1].Bytes);
        await host.GetAsync(there, back).WaitAsync(Patience);
        string[] listing = Listing(from);
        Assert.Equal(listing, Listing(there));
        Assert.Equal(listing, Listing(back));
        // What was there already stays, and what comes again replaces it.
        File.WriteAllText(there + "/own", "own");
        File.WriteAllText(from + "/d 0/new", "new");
        await host.PutAsync(from, there).WaitAsync(Patience);
        Assert.Equal("own", File.ReadAllText(there + "/own"));
        Assert.Equal("new", File.ReadAllText(there + "/d 0/new"));
        await Assert.ThrowsAsync<FileNotFoundException>(() => host.PutAsync(from + "-not", there));
        Assert.Equal(HostFailureReason.File, (await Assert.ThrowsAsync<HostFailedException>(() => host.GetAsync(there + "-not", back)).WaitAsync(Patience)).Reason);
        Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(folder.Path), path => path.EndsWith(".part", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_copy_that_is_cut_again_and_again_arrives_whole()
    {
        await using SshHost host = usual.Host();
        using var folder = new TemporaryFolder("ssh cut");
        byte[] bytes = new byte[40_000_000];
        new Random(4).NextBytes(bytes);
        File.WriteAllBytes(folder.Path + "/big", bytes);
        int cuts = 0;
        var watch = new Told([], progress =>
        {
            if (progress.Files == 0 && progress.Bytes > (cuts + 1) * 9_000_000L)
            {
                cuts++;
                usual.ScriptAsync("cut").Wait();
            }
        });
        await host.PutAsync(folder.Path + "/big", folder.Path + "/there", watch).WaitAsync(Patience);
        await host.GetAsync(folder.Path + "/there", folder.Path + "/back", watch).WaitAsync(Patience);
        Assert.True(cuts >= 2, $"{cuts} cuts");
        Assert.Equal(bytes, File.ReadAllBytes(folder.Path + "/back"));
        Assert.Equal(3, Directory.EnumerateFileSystemEntries(folder.Path).Count());
        for (int i = 0; i < 200; i++)
            File.WriteAllBytes(Directory.CreateDirectory(folder.Path + "/many").FullName + "/" + i, bytes[..50_000]);
        cuts = 0;
        await host.PutAsync(folder.Path + "/many", folder.Path + "/many there", new Told([], progress =>
        {
            if (cuts == 0 && progress.Bytes > 4_000_000)
                usual.ScriptAsync("cut").Wait(TimeSpan.FromSeconds(20 * ++cuts));
        })).WaitAsync(Patience);
        Assert.Equal(Listing(folder.Path + "/many"), Listing(folder.Path + "/many there"));
    }

    [Fact]
    public async Task A_lost_connection_is_noticed_told_and_made_anew()
    {
        await using SshHost host = usual.Host(change: options => options with { LostAfter = TimeSpan.FromSeconds(3) });
        SshTunnel tunnel = await host.OpenTunnelAsync(9).WaitAsync(Patience);
        Task<CommandResult> running = host.RunAsync(new HostCommand("sleep", "30"));
        await usual.ScriptAsync("cut");
        var lost = await Assert.ThrowsAsync<HostFailedException>(() => running.WaitAsync(Patience));
        Assert.Equal(HostFailureReason.Lost, lost.Reason);
        await tunnel.Stopped.WaitAsync(Patience);
        Assert.True((await host.RunAsync(new HostCommand("true")).WaitAsync(Patience)).Succeeded);
        // A network that swallows everything: nothing is closed, nothing answers.
        running = host.RunAsync(new HostCommand("sleep", "30"));
        await usual.ScriptAsync("freeze");
        try
        {
            Assert.Equal(HostFailureReason.Lost, (await Assert.ThrowsAsync<HostFailedException>(() => running.WaitAsync(Patience))).Reason);
        }
        finally
        {
            await usual.ScriptAsync("thaw");
        }
        Assert.True((await host.RunAsync(new HostCommand("true")).WaitAsync(Patience)).Succeeded);
    }

    [Fact]
    public async Task Tunnels_lead_both_ways_between_ports_and_sockets_and_through_other_hosts()
    {
        await using SshHost host = usual.Host(change: options => options with { Through = ["box"] });
        using var server = new EchoServer();
        using var folder = new TemporaryFolder("ssh tunnel");
        await using (SshTunnel tunnel = await host.OpenTunnelAsync(server.Port).WaitAsync(Patience))
        {
            await Task.WhenAll(Enumerable.Range(0, 5).Select(async i =>
            {
                using var client = new TcpClient("127.0.0.1", tunnel.Port);
                await EchoServer.ExchangeAsync(client.GetStream(), new byte[200_000 + i]);
            })).WaitAsync(Patience);
        }
        // A Unix socket here, which leads to one over there, which leads back here.
        await using SshTunnel back = await host.OpenTunnelAsync(new TunnelOptions { Port = server.Port, ListenSocket = folder.Path + "/over there", Reverse = true }).WaitAsync(Patience);
        await using SshTunnel here = await host.OpenTunnelAsync(new TunnelOptions { Socket = folder.Path + "/over there", ListenSocket = folder.Path + "/here" }).WaitAsync(Patience);
        using (var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(folder.Path + "/here"));
            await EchoServer.ExchangeAsync(new NetworkStream(socket), new byte[300_000]);
        }
        await using (SshTunnel port = await host.OpenTunnelAsync(new TunnelOptions { Port = server.Port, Reverse = true }).WaitAsync(Patience))
        {
            using var client = new TcpClient("127.0.0.1", port.Port);
            await EchoServer.ExchangeAsync(client.GetStream(), new byte[1000]);
        }
        await using (Stream stream = await host.OpenStreamAsync("127.0.0.1", server.Port).WaitAsync(Patience))
            await EchoServer.ExchangeAsync(stream, new byte[1_000_000]);
        var nobody = await Assert.ThrowsAsync<HostFailedException>(() => host.OpenStreamAsync("127.0.0.1", 1)).WaitAsync(Patience);
        Assert.Equal(HostFailureReason.Unreachable, nobody.Reason);
        Assert.Contains("port 1", nobody.Message, StringComparison.Ordinal);
        await back.DisposeAsync();
        await here.DisposeAsync();
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public async Task What_keeps_us_out_is_told_in_a_sentence()
    {
        string other = usual.Folder + "/other_hosts", none = usual.Folder + "/no_hosts";
        string line = File.ReadAllText(usual.Folder + "/known_hosts").Split(' ')[0];
        File.WriteAllText(other, $"{line} ssh-ed25519 {File.ReadAllText(usual.Folder + "/id.pub").Split(' ')[1]}\n");
        File.WriteAllText(none, "");
        async Task<HostFailedException> FailsAsync(string address, Func<SshHostOptions, SshHostOptions> change)
        {
            await using SshHost host = usual.Host(address, change);
            return await Assert.ThrowsAsync<HostFailedException>(() => host.ConnectAsync()).WaitAsync(Patience);
        }
        HostFailedException wrong = await FailsAsync("box", o => o with { Options = ["UserKnownHostsFile=" + other] });
        Assert.Equal(HostFailureReason.HostKey, wrong.Reason);
        Assert.Contains("not the one that is known", wrong.Message, StringComparison.Ordinal);
        Assert.Equal(HostFailureReason.HostKey, (await FailsAsync("box", o => o with { Options = ["UserKnownHostsFile=" + none] })).Reason);
        HostFailedException user = await FailsAsync("nobody-such@box", o => o);
        Assert.Equal(HostFailureReason.Authentication, user.Reason);
        Assert.Contains("Permission denied", user.Message, StringComparison.Ordinal);
        Assert.Equal(HostFailureReason.Unreachable, (await FailsAsync("box", o => o with { Port = 1 })).Reason);
        Assert.Equal(HostFailureReason.Unreachable, (await FailsAsync("box", o => o with { Options = ["HostName=no-such-host.invalid"] })).Reason);
        Assert.Equal(HostFailureReason.Missing, (await FailsAsync("box", o => o with { Program = "/no/such/ssh" })).Reason);
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        Assert.Equal(HostFailureReason.Unreachable, (await FailsAsync("box", o => o with { Port = ((IPEndPoint)silent.LocalEndpoint).Port, ConnectTimeout = TimeSpan.FromSeconds(1) })).Reason);
        HostFailedException ticket = await SshFailure.OfAsync("h", false, "me@h: Permission denied (gssapi-with-mic,publickey).", new HostCommand("false"));
        Assert.Equal(HostFailureReason.KerberosTicket, ticket.Reason);
        Assert.Contains("kinit", ticket.Message, StringComparison.Ordinal);
        Assert.Equal(HostFailureReason.Authentication, (await SshFailure.OfAsync("h", false, "me@h: Permission denied (gssapi-with-mic,publickey).", new HostCommand("true"))).Reason);
        var errors = Assert.Throws<ArgumentException>(() => new SshHost("-oProxyCommand=x", new SshHostOptions { Port = 0, Options = ["x"], Through = ["a b"] }));
        foreach (string word in new[] { "-oProxyCommand=x", "Port is 0", "'x'", "'a b'" })
            Assert.Contains(word, errors.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_expired_Kerberos_ticket_is_named()
    {
        var realm = new KerberosSshd();
        Dictionary<string, string?> before = realm.UserVariables.Keys.ToDictionary(name => name, Environment.GetEnvironmentVariable);
        try
        {
            await realm.InitializeAsync();
            foreach ((string name, string value) in realm.UserVariables)
                Environment.SetEnvironmentVariable(name, value);
            await using SshHost host = realm.Host(), next = realm.Host();
            for (int seconds = 4; ; seconds *= 2)
            {
                await realm.GetTicketAsync(seconds);
                try
                {
                    await host.ConnectAsync().WaitAsync(Patience);
                    break;
                }
                catch (HostFailedException e) when (e.Reason == HostFailureReason.KerberosTicket && seconds < 60)
                {
                    // It took longer than the ticket lasts.
                }
            }
            HostFailedException? expired = null;
            for (var watch = Stopwatch.StartNew(); expired is null; await Task.Delay(500))
            {
                Assert.True(watch.Elapsed < Patience * 2, "the ticket does not expire");
                await using SshHost another = realm.Host();
                expired = await Record.ExceptionAsync(() => another.ConnectAsync()).WaitAsync(Patience) as HostFailedException;
            }
            Assert.Equal(HostFailureReason.KerberosTicket, expired.Reason);
            Assert.Contains("kinit", expired.Message, StringComparison.Ordinal);
            // What is connected stays so, and a new ticket opens the door again.
            Assert.True((await host.RunAsync(new HostCommand("true")).WaitAsync(Patience)).Succeeded);
            await realm.GetTicketAsync(600);
            await next.ConnectAsync().WaitAsync(Patience);
        }
        finally
        {
            foreach ((string name, string? value) in before)
                Environment.SetEnvironmentVariable(name, value);
            await realm.DisposeAsync();
        }
    }

    private PrivateSshd Sshd(Kind kind) => kind switch { Kind.Narrow => narrow, Kind.Perlless => perlless, _ => usual };

    private static int Logins(PrivateSshd sshd) => File.ReadAllLines(sshd.Folder + "/sshd.log").Count(line => line.Contains("Accepted publickey", StringComparison.Ordinal));

    private static async Task UntilAsync(Func<bool> condition)
    {
        for (var watch = Stopwatch.StartNew(); !condition(); await Task.Delay(20))
            Assert.True(watch.Elapsed < Patience, "it did not come about");
    }

    private static string[] Listing(string folder) => [.. FolderEntry.List(folder).Where(e => e.Path != "own").OrderBy(e => e.Path, StringComparer.Ordinal).Select(e =>
        $"{e.Path} {e.Kind} {(e.Kind == 'f' ? $"{e.Seconds} {File.GetUnixFileMode(folder + "/" + e.Path)} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(folder + "/" + e.Path)))}" : e.Kind == 'l' ? new FileInfo(folder + "/" + e.Path).LinkTarget : "")}")];

    private sealed class Told(List<TransferProgress> all, Action<TransferProgress>? tell = null) : IProgress<TransferProgress>
    {
        public void Report(TransferProgress value)
        {
            all.Add(value);
            tell?.Invoke(value);
        }
    }
}
