using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using PathosHpc.Tests;

namespace PathosHpc.ClusterTests;

/// <summary>The tool's commands that reach hosts.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class ToolOnHostsTests(PrivateSshd sshd) : IClassFixture<PrivateSshd>
{
    [Fact]
    public async Task Hosts_are_registered_and_checked_and_commands_and_files_go_to_them()
    {
        using var folder = new TemporaryFolder("ssh tool");
        string sites = folder.Path + "/pathos-hpc/sites";
        Assert.Equal(0, (await RunAsync(folder, "hosts", "add", "gone", "no-such-host.invalid")).ExitCode);
        Assert.Contains("already", (await RunAsync(folder, "hosts", "add", "gone", "x")).Error, StringComparison.Ordinal);
        folder.Write("pathos-hpc/sites/far.json", $"{{ \"address\": \"box\", \"ssh\": {{ \"configurationFile\": \"{sshd.Configuration}\" }} }}");
        folder.Write("pathos-hpc/sites/bad.json", "{ \"address\": \"-x\", \"ssh\": { \"port\": 0, \"tunnel\": 1 } }");
        CommandOutcome list = await RunAsync(folder, "hosts");
        foreach (string word in new[] { "far", "box", "gone", "Port is 0", "'ssh.tunnel' is not known" })
            Assert.Contains(word, list.Output.ReplaceLineEndings(" ").Replace("  ", " ", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync(folder, "hosts", "check", "far")).ExitCode);
        Assert.Equal(3, (await RunAsync(folder, "hosts", "check", "gone")).ExitCode);
        Assert.Equal(0, (await RunAsync(folder, "hosts", "remove", "gone")).ExitCode);
        Assert.False(File.Exists(sites + "/gone.json"));

        CommandOutcome exec = await RunAsync(folder, "exec", "far", "--", "sh", "-c", "printf '%s|' \"$@\"; echo told >&2; exit 7", "sh", "a  b", "--flag", "$HOME");
        Assert.Equal((7, "a  b|--flag|$HOME|", "told"), (exec.ExitCode, exec.Output.Trim(), exec.Error.Trim()));
        string here = folder.Write("here", "content");
        Assert.Equal(0, (await RunAsync(folder, "cp", here, $"far:{folder.Path}/there")).ExitCode);
        Assert.Equal(0, (await RunAsync(folder, "cp", $"far:{folder.Path}/there", folder.Path + "/back")).ExitCode);
        Assert.Equal("content", File.ReadAllText(folder.Path + "/back"));
        Assert.Equal(2, (await RunAsync(folder, "cp", here, folder.Path + "/there")).ExitCode);
        CommandOutcome unreachable = await RunAsync(folder, "exec", "-F", sshd.Configuration, "nobody-such@box", "--", "true");
        Assert.Equal(3, unreachable.ExitCode);
        Assert.Contains("Permission denied", unreachable.Error, StringComparison.Ordinal);
        // Ends when its server does.
        CommandOutcome connect = await RunAsync(folder, "connect", "far", "--", "sh", "-c", "echo \"serving $PORT $1\"; exit 5", "sh", "$PORT");
        Assert.Equal(5, connect.ExitCode);
        Assert.Matches(@"localhost:\d+ leads to localhost:(\d+) of box", connect.Output);
    }

    [Fact]
    public async Task What_ssh_has_to_ask_is_asked_once_for_each_connection_and_on_a_terminal_alone()
    {
        using var folder = new TemporaryFolder("ssh asks");
        File.Copy(sshd.Folder + "/id", folder.Path + "/id");
        File.SetUnixFileMode(folder.Path + "/id", UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await new Command("ssh-keygen", "-q", "-p", "-P", "", "-N", "the code", "-f", folder.Path + "/id").RunToSuccessAsync();
        string configuration = folder.Write("config", File.ReadAllText(sshd.Configuration).Replace($"IdentityFile {sshd.Folder}/id", $"IdentityFile \"{folder.Path}/id\"", StringComparison.Ordinal)), tool = Path.Combine(AppContext.BaseDirectory, "pathos.dll");
        CommandOutcome alone = await new Command("setsid", "--wait", "dotnet", tool, "exec", "-F", configuration, "box", "--", "true").RunAsync();
        Assert.Equal(3, alone.ExitCode);
        Assert.Contains("there is no terminal to ask on", alone.Error, StringComparison.Ordinal);

        // A copy whose connection is lost in its middle.
        byte[] bytes = new byte[300_000_000];
        new Random(8).NextBytes(bytes);
        File.WriteAllBytes(folder.Path + "/here", bytes);
        Directory.CreateDirectory(folder.Path + "/there");
        using Process copy = Process.Start(new ProcessStartInfo("script", ["-qefc", $"dotnet '{tool}' cp -F '{configuration}' '{folder.Path}/here' 'box:{folder.Path}/there/it'", "/dev/null"]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        var said = new System.Text.StringBuilder();
        try
        {
            Task reading = ReadAsync(copy.StandardOutput, said);
            int Asked() => Said().Split("Enter passphrase").Length - 1;
            string Said()
            {
                lock (said)
                    return said.ToString();
            }
            await UntilAsync(() => Asked() == 1, Said);
            await copy.StandardInput.WriteAsync("the code\n");
            await copy.StandardInput.FlushAsync();
            await UntilAsync(() => new DirectoryInfo(folder.Path + "/there").EnumerateFiles().Any(f => f.Length > 1_000_000), Said);
            await sshd.ScriptAsync("cut");
            await UntilAsync(() => Asked() == 2, Said);
            await copy.StandardInput.WriteAsync("the code\n");
            await copy.StandardInput.FlushAsync();
            await copy.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(2));
            await reading.WaitAsync(TimeSpan.FromMinutes(2));
            Assert.Equal((0, 2), (copy.ExitCode, Asked()));
        }
        finally
        {
            copy.Kill(entireProcessTree: true);
        }
        Assert.True(bytes.AsSpan().SequenceEqual(File.ReadAllBytes(folder.Path + "/there/it")));
    }

    [Fact]
    public async Task A_port_that_is_picked_can_be_listened_on()
    {
        using var folder = new TemporaryFolder("ssh port");
        int port = int.Parse((await RunAsync(folder, "portpicker", "--min", "20000")).Output.Trim(), System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(port, 20000, 65535);
        using var listener = new TcpListener(IPAddress.Any, port);
        listener.Start();
        string taken = port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(3, (await RunAsync(folder, "portpicker", "--min", taken, "--max", taken)).ExitCode);
        Assert.Equal(2, (await RunAsync(folder, "portpicker", "--min", "9", "--max", "8")).ExitCode);
    }

    private static Task<CommandOutcome> RunAsync(TemporaryFolder configuration, params string[] arguments) =>
        new Command("dotnet", [Path.Combine(AppContext.BaseDirectory, "pathos.dll"), .. arguments]) { Environment = new Dictionary<string, string?> { ["XDG_CONFIG_HOME"] = configuration.Path } }.RunAsync();

    private static async Task ReadAsync(StreamReader from, System.Text.StringBuilder to)
    {
        char[] buffer = new char[1000];
        for (int count; (count = await from.ReadAsync(buffer)) > 0;)
        {
            lock (to)
                to.Append(buffer, 0, count);
        }
    }

    private static async Task UntilAsync(Func<bool> condition, Func<string> complaint)
    {
        for (var watch = Stopwatch.StartNew(); !condition(); await Task.Delay(20))
            Assert.True(watch.Elapsed < TimeSpan.FromMinutes(2), complaint());
    }
}
