using System.Runtime.Versioning;

namespace PathosHpc.Tests;

/// <summary>The copies of a program that nodes unpack for their ranks, by the script that every rank passes through.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class ProgramCopyTests : IDisposable
{
    private const string Day = "86400";
    private readonly TemporaryFolder root = new("program copy's");
    private readonly string program, work, temp;
    private ProgramArchive archive = null!;

    public ProgramCopyTests() => (program, work, temp) = ($"{root.Path}/a program", $"{root.Path}/work", $"{root.Path}/tmp");

    public void Dispose()
    {
        // What is copied is read-only.
        LocalHost.Instance.RunAsync(new HostCommand("chmod", "-R", "u+w", root.Path)).GetAwaiter().GetResult();
        root.Dispose();
    }

    private string Copy => $"{temp}/pathos-hpc-{UserId}/{archive.Key[..32]}";

    private static string UserId { get; } = LocalHost.Instance.RunAsync(new HostCommand("id", "-u")).GetAwaiter().GetResult().StandardOutput.Trim();

    [Fact]
    public async Task Ranks_of_a_node_unpack_their_program_once_and_run_of_it_without_the_shared_folder()
    {
        await PackAsync();
        CommandResult[] ranks = await Task.WhenAll(Enumerable.Range(0, 8).Select(rank => RankAsync(rank)));
        Assert.All(ranks, rank => Assert.Equal((0, $"{Copy} content", ""), (rank.ExitCode, rank.StandardOutput.Trim(), rank.StandardError)));
        Assert.Equal([Copy, Copy + ".used"], Directory.GetFileSystemEntries(Path.GetDirectoryName(Copy)!).Order());
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(Copy)!));
        Assert.Equal((UnixFileMode)0, File.GetUnixFileMode(Copy + "/data/a näme.txt") & (UnixFileMode.UserWrite | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite));
        DateTime unpacked = Directory.GetLastWriteTimeUtc(Copy);
        File.Delete(archive.Path);
        Directory.Delete(program, recursive: true);
        Assert.Equal($"{Copy} content", (await RankAsync(0)).StandardOutput.Trim());
        Assert.Equal(unpacked, Directory.GetLastWriteTimeUtc(Copy));
    }

    [Fact]
    public async Task The_supervisor_of_a_job_names_the_shared_folder_to_its_ranks()
    {
        await PackAsync();
        CommandResult result = await BashAsync(null, [.. ProgramCopy.Render([archive], isRank: false), $"\"$@\"; printf %s \"${ProgramCopy.Variable}\""], program + "/tool");
        Assert.Equal($"{Copy} content\n{Copy}\t{program}\n", result.StandardOutput);
    }

    [Theory]
    [InlineData("a cut archive", "could not be unpacked whole")]
    [InlineData("an archive of other files", "could not be unpacked whole")]
    [InlineData("no archive", "is gone")]
    [InlineData("a file", "cannot be made")]
    [InlineData("a link", "belongs to somebody else")]
    [InlineData("a full disk", "MiB left")]
    [InlineData("no programs", "noexec")]
    public async Task Where_there_can_be_no_copy_ranks_start_from_the_shared_folder_and_the_first_says_why(string what, string why)
    {
        await PackAsync();
        string before = "";
        if (what == "a cut archive")
            using (FileStream file = File.OpenWrite(archive.Path)) file.SetLength(file.Length / 2);
        else if (what == "an archive of other files")
            archive = archive with { Key = string.Concat(archive.Key.Reverse()) };
        else if (what == "no archive")
            File.Delete(archive.Path);
        else if (what == "a file")
            File.WriteAllText($"{temp}/pathos-hpc-{UserId}", "");
        else if (what == "a link")
            File.CreateSymbolicLink($"{temp}/pathos-hpc-{UserId}", Directory.CreateDirectory(root.Path + "/elsewhere").FullName);
        else
            before = $"mount -t tmpfs -o {(what == "a full disk" ? "size=1m" : "noexec")} none {ShellText.Quote(temp)} || exit 77; ";
        if (what == "a full disk")
            archive = archive with { Kibibytes = 600 };
        for (int rank = 0; rank < 2; rank++)
        {
            CommandResult result = await RankAsync(rank, before);
            if (result.ExitCode is 77 or 1 && before.Length > 0)
                return; // no mounts for this user
            Assert.Equal(0, result.ExitCode);
            string[] lines = result.StandardOutput.Split('\n');
            Assert.Equal($"{program} content", lines[0]);
            Assert.Contains(rank == 0 ? why : "", lines[1], StringComparison.Ordinal);
            Assert.Equal(rank == 0, result.StandardError.Contains(why, StringComparison.Ordinal));
            Assert.Equal(rank == 0, lines[1].Length > 0);
        }
    }

    [Fact]
    public async Task A_copy_that_cleaners_gnawed_at_is_made_anew_and_old_ones_go_unless_something_runs_of_them()
    {
        await PackAsync();
        await RankAsync(0);
        string folder = Path.GetDirectoryName(Copy)!, used = Copy + ".used";
        long now = long.Parse(File.ReadAllText(used), null);
        // One that nothing runs of, one that something does, and one that was only half removed when its process was killed.
        foreach (string old in (string[])["idle", "busy", "part"])
        {
            Directory.CreateDirectory($"{folder}/{old}/sub");
            File.SetUnixFileMode($"{folder}/{old}/sub", UnixFileMode.UserRead | UnixFileMode.UserExecute);
            if (old != "part")
                File.WriteAllText($"{folder}/{old}.used", $"{now - 90_000}\n");
        }
        File.SetUnixFileMode(Copy, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.Delete(Copy + "/tool");
        File.WriteAllText(used, $"{now - 90_000}\n");
        CommandResult result = await RankAsync(0, $"exec 7<{ShellText.Quote(folder + "/busy")}; flock -s 7; ");
        Assert.Equal($"{Copy} content", result.StandardOutput.Trim());
        Assert.Equal([Copy, Copy + ".used", folder + "/busy", folder + "/busy.used"], Directory.GetFileSystemEntries(folder).Order());
        Assert.True(long.Parse(File.ReadAllText(used), null) >= now);
        // Whole, though not used for long: kept.
        DateTime unpacked = Directory.GetLastWriteTimeUtc(Copy);
        File.WriteAllText(used, $"{now - long.Parse(Day, null)}\n");
        Assert.Equal($"{Copy} content", (await RankAsync(0)).StandardOutput.Trim());
        Assert.Equal(unpacked, Directory.GetLastWriteTimeUtc(Copy));
    }

    [Fact]
    public async Task A_build_is_packed_once_and_old_archives_go()
    {
        await PackAsync();
        DateTime written = File.GetLastWriteTimeUtc(archive.Path);
        string[] old = [.. Enumerable.Range(0, 24).Select(i => $"{work}/.program-{i:00}.tgz")];
        foreach ((int i, string path) in old.Index())
        {
            File.WriteAllText(path, "");
            File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddDays(i < 2 ? -40 : -3).AddMinutes(i));
        }
        Assert.Equal(archive, await MakeAsync());
        Assert.True(File.GetLastWriteTimeUtc(archive.Path) >= written);
        Assert.Equal(25, Directory.GetFiles(work).Length);
        File.WriteAllText(program + "/data/more", "more");
        ProgramArchive next = (await MakeAsync())!;
        Assert.NotEqual(archive.Key, next.Key);
        Assert.Equal(old[6..].Append(archive.Path).Append(next.Path).Order(), Directory.GetFiles(work).Order());
        Assert.Empty(Directory.GetDirectories(work));
    }

    private async Task PackAsync()
    {
        Directory.CreateDirectory(program + "/data");
        Directory.CreateDirectory(temp);
        File.WriteAllText(program + "/data/a näme.txt", "content\n");
        File.WriteAllText(program + "/tool", "#!/bin/bash\necho \"${0%/*} $(cat \"${0%/*}/data/a näme.txt\")\"\n");
        File.SetUnixFileMode(program + "/tool", UnixFileMode.UserRead | UnixFileMode.UserExecute);
        archive = (await MakeAsync())!;
    }

    private Task<ProgramArchive?> MakeAsync() => ProgramArchive.MakeAsync(LocalHost.Instance, program, StagedFile.ReadFolder(program), work, default);

    private Task<CommandResult> RankAsync(int rank, string before = "") =>
        BashAsync(before, [$"node=here place={rank}", .. ProgramCopy.Render([archive], isRank: true), $"\"$@\" && echo \"${ProgramCopy.SharedVariable}\""], program + "/tool");

    private Task<CommandResult> BashAsync(string? before, IEnumerable<string> lines, params string[] arguments)
    {
        string script = $"{root.Path}/{Guid.NewGuid():N}.sh";
        File.WriteAllText(script, "{\n" + string.Join('\n', lines) + "\n}\n");
        string[] command = ["bash", script, .. arguments];
        return LocalHost.Instance.RunAsync(new HostCommand(string.IsNullOrEmpty(before) ? command : ["unshare", "-rm", "bash", "-c", before + "exec \"$@\"", "-", .. command])
        {
            Variables = new Dictionary<string, string> { ["TMPDIR"] = temp },
        });
    }
}
