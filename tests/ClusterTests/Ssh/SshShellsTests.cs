using System.Runtime.Versioning;
using System.Text;

namespace PathosHpc.ClusterTests;

/// <summary>Commands through a real sshd, with login shells of four kinds whose start files print.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class SshShellsTests(PrivateSshdWithShells sshd) : IClassFixture<PrivateSshdWithShells>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Prints its arguments as they are, each followed by a NUL.</summary>
    private const string Echo = "for a in \"$@\"; do printf '%s\\0' \"$a\"; done";

    private static readonly string[] Odd =
    [
        "", " ", "a b", "'", "''", "\"", "\\", "\\\\n", "\\0101", "$HOME", "${x}", "`id`", "$(id)", "\n", "a\nb\n", "\r\n", "\t", "-n", "--", "-e\\n", "!", "!!", "a!b", "^x^y", "*", "?", "[a]", "~", "#", "a;b", "|", "&", "<x", ">x",
        "{a,b}", "%s", "%b", "=", "é", "日本", "\u0001\u007f", "a\u001b[0m", "(", ")", "x'y\"z",
    ];

    private static string[] Addresses => Environment.IsPrivilegedProcess ? ["box-bash", "box-dash", "box-zsh", "box-tcsh"] : ["box"];

    public static TheoryData<string> Shells => [.. Addresses];

    [Theory, MemberData(nameof(Shells))]
    public async Task Any_argument_arrives_as_it_was(string address)
    {
        await using SshHost host = sshd.Host(address);
        int seed = Environment.TickCount;
        var random = new Random(seed);
        string[] all = [.. Odd, .. Enumerable.Range(0, 200).Select(_ => new string([.. Enumerable.Range(0, random.Next(40)).Select(_ => (char)random.Next(1, 0x250))]))];
        HostCommand command = new(["/bin/sh", "-c", Echo, "sh", .. all]) { Variables = new Dictionary<string, string> { ["ODD"] = string.Concat(Odd) } };
        CommandResult relayed = await host.RunAsync(command).WaitAsync(Patience);
        Assert.True(relayed.Succeeded, $"seed {seed}: {relayed}");
        Assert.Equal(all, relayed.StandardOutput.Split('\0')[..^1]);
        Assert.Equal("", relayed.StandardError);
        // The same in a session of its own, where the login shell's start files print.
        await using (SshProcess process = await host.StartAsync(command, inSession: true, CancellationToken.None).WaitAsync(Patience))
        {
            using var reader = new StreamReader(process.StandardOutput);
            Assert.Equal(all, (await reader.ReadToEndAsync().WaitAsync(Patience)).Split('\0')[..^1]);
            Assert.Equal(0, await process.Exit.WaitAsync(Patience));
        }
        CommandResult variable = await host.RunAsync(new HostCommand("/bin/sh", "-c", "printf %s \"$ODD\"; printf 'to error' >&2; exit 3") { Variables = command.Variables }).WaitAsync(Patience);
        Assert.Equal((3, string.Concat(Odd), "to error"), (variable.ExitCode, variable.StandardOutput, variable.StandardError));
    }

    [Theory, MemberData(nameof(Shells))]
    public async Task Streams_exit_codes_and_signals_are_those_of_the_command(string address)
    {
        await using SshHost host = sshd.Host(address);
        byte[] bytes = new byte[300_000];
        new Random(1).NextBytes(bytes);
        foreach (bool inSession in new[] { false, true })
        {
            await using SshProcess cat = await host.StartAsync(new HostCommand("sh", "-c", "cat; printf end >&2; exit 255"), inSession, CancellationToken.None).WaitAsync(Patience);
            Task write = Task.Run(async () =>
            {
                await cat.StandardInput.WriteAsync(bytes);
                await cat.StandardInput.DisposeAsync();
            });
            using var copy = new MemoryStream();
            await cat.StandardOutput.CopyToAsync(copy).WaitAsync(Patience);
            await write.WaitAsync(Patience);
            Assert.Equal(bytes, copy.ToArray());
            using var error = new StreamReader(cat.StandardError);
            Assert.Equal("end", await error.ReadToEndAsync().WaitAsync(Patience));
            Assert.Equal(255, await cat.Exit.WaitAsync(Patience));
        }
        CommandResult counted = await host.RunAsync(new HostCommand("wc", "-c") { StandardInput = bytes }).WaitAsync(Patience);
        Assert.Equal("300000", counted.StandardOutput.Trim());
        Assert.Equal(127, (await host.RunAsync(new HostCommand("no-such-program-anywhere")).WaitAsync(Patience)).ExitCode);
        Assert.Equal(128 + 9, (await host.RunAsync(new HostCommand("sh", "-c", "kill -KILL $$")).WaitAsync(Patience)).ExitCode);
        CommandResult folder = await host.RunAsync(new HostCommand("pwd") { WorkingFolder = "/usr", HiddenVariables = ["LAN*"] }).WaitAsync(Patience);
        Assert.Equal("/usr\n", folder.StandardOutput);
        Assert.Equal("", (await host.RunAsync(new HostCommand("sh", "-c", "printf %s \"$GONE1$GONE2\"") { HiddenVariables = ["GONE*"], KeptVariables = ["GONEX"] }).WaitAsync(Patience)).StandardOutput);
        Assert.Equal("", Encoding.ASCII.GetString(await host.ReadFileAsync("/dev/null").WaitAsync(Patience) ?? [1]));
    }
}
