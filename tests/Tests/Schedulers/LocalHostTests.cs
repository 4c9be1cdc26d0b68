using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Text;

namespace PathosHpc.Tests;

[UnsupportedOSPlatform("windows")]
public sealed class LocalHostTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pathos-host-").FullName;
    private readonly LocalHost host = new();

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_command_gets_arguments_input_folder_and_variables_as_they_are()
    {
        var command = new HostCommand("bash", "-c", "printf '%s|%s|%s|' \"$1\" \"$V\" \"$PWD\"; cat; echo e >&2; exit 3", "_", "a 'b'\n$c")
        {
            Variables = new Dictionary<string, string> { ["V"] = "x\ny" },
            StandardInput = Encoding.UTF8.GetBytes("input"),
            WorkingFolder = folder,
        };
        var result = await host.RunAsync(command);
        Assert.Equal((3, $"a 'b'\n$c|x\ny|{folder}|input", "e\n"), (result.ExitCode, result.StandardOutput, result.StandardError));
    }

    [Fact]
    public async Task A_missing_program_is_a_result() => Assert.Equal(127, (await host.RunAsync(new HostCommand("no-such-program-at-all"))).ExitCode);

    [Fact]
    public async Task A_command_that_hangs_is_killed_with_its_children()
    {
        var watch = Stopwatch.StartNew();
        var result = await host.RunAsync(new HostCommand("bash", "-c", "echo begin; sleep 61 & wait") { Timeout = TimeSpan.FromSeconds(0.5) });
        Assert.True(result.TimedOut);
        Assert.Equal("begin\n", result.StandardOutput);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"It took {watch.Elapsed}.");
    }

    /// <summary>As qsub does: a daemon inherits the pipes and keeps them open.</summary>
    [Fact]
    public async Task A_daemon_that_keeps_the_output_open_does_not_hold_the_answer_up()
    {
        var watch = Stopwatch.StartNew();
        var result = await host.RunAsync(new HostCommand("bash", "-c", "sleep 15 & echo $!; exit 4"));
        Assert.Equal(4, result.ExitCode);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"It took {watch.Elapsed}.");
        Process.GetProcessById(int.Parse(result.StandardOutput, System.Globalization.CultureInfo.InvariantCulture)).Kill();
    }

    [Fact]
    public async Task Files_are_written_whole_with_their_mode_and_read_in_parts()
    {
        var path = folder + "/f";
        await host.WriteFileAsync(path, Encoding.UTF8.GetBytes("0123456789"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await host.WriteFileAsync(path, Encoding.UTF8.GetBytes("abcdefghij"), UnixFileMode.UserRead);
        Assert.Equal(UnixFileMode.UserRead, File.GetUnixFileMode(path));
        Assert.Equal("cde", Encoding.UTF8.GetString((await host.ReadFileAsync(path, 2, 3))!));
        Assert.Equal("ij", Encoding.UTF8.GetString((await host.ReadFileAsync(path, -2))!));
        Assert.Equal("abcdefghij", Encoding.UTF8.GetString((await host.ReadFileAsync(path, -100))!));
        Assert.Empty((await host.ReadFileAsync(path, 10))!);
        Assert.Null(await host.ReadFileAsync(folder + "/no/such"));
        Assert.Equal("f", Assert.Single(Directory.GetFiles(folder).Select(Path.GetFileName)));
    }

    [Fact]
    public async Task Folders_are_made_listed_and_removed()
    {
        await host.CreateFolderAsync(folder + "/a/b", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.CreateSymbolicLink(folder + "/a/claim", "job:7");
        await File.WriteAllTextAsync(folder + "/a/f", "xyz");
        Assert.Equal([("b", true, 0), ("claim", false, 5), ("f", false, 3)], (await host.ListAsync(folder + "/a")).OrderBy(f => f.Name, StringComparer.Ordinal).Select(f => (f.Name, f.IsFolder, (int)f.Size)));
        Assert.Empty(await host.ListAsync(folder + "/no"));
        await host.DeleteAsync(folder + "/a");
        await host.DeleteAsync(folder + "/a");
        Assert.Empty(await host.ListAsync(folder));
    }

    [Fact]
    public async Task A_stream_reaches_a_port()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await using var stream = await host.OpenStreamAsync("127.0.0.1", ((IPEndPoint)listener.LocalEndpoint).Port);
        using var server = await listener.AcceptSocketAsync();
        await stream.WriteAsync("hi"u8.ToArray());
        var buffer = new byte[2];
        Assert.Equal(2, await server.ReceiveAsync(buffer));
    }
}
