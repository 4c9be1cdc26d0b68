using System.Runtime.Versioning;

namespace PathosHpc.Tests;

/// <summary>Marks of what ranks compute, in the memory of each node.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class NodeMarksTests : IDisposable
{
    private readonly TemporaryFolder temporary = new("marks");

    public void Dispose() => temporary.Dispose();

    private WorldFolder World(string name = "world") => new(LocalHost.Instance, $"{Directory.CreateDirectory($"{temporary.Path}/{name}").FullName}");

    private static RankDirectory Two => new(0, [new RankPlace(Environment.MachineName, 1), new RankPlace(Environment.MachineName, 2)]);

    [Fact]
    public void Marks_are_in_memory_outlive_their_rank_and_are_taken_once()
    {
        WorldFolder world = World();
        string path = NodeMarks.Create(world, 3, Two, mayBeInMemory: true);
        Assert.StartsWith("/dev/shm/", path, StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        Mark(path, rank: 1, map: 7, index: 42);
        Assert.Null(NodeMarks.Take(world, 2));
        Assert.Equal([new RunningItem(1, 7, 42)], RunningMark.Parse(NodeMarks.Take(world, 3)!, [0, 1])!);
        Assert.False(File.Exists(path));
        Assert.Null(NodeMarks.Take(world, 3));
        Assert.Empty(Directory.GetFiles(world.Path));
    }

    [Fact]
    public void A_node_that_nobody_can_ask_marks_in_the_job_folder()
    {
        WorldFolder world = World();
        string path = NodeMarks.Create(world, 1, Two, mayBeInMemory: false);
        Assert.Equal(world.Running(1, Environment.MachineName), path);
        Mark(path, rank: 0, map: 1, index: 2);
        NodeMarks.Remove(path); // the folder keeps it
        Assert.Equal([new RunningItem(0, 1, 2)], RunningMark.Read(path, [0, 1])!);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Another_node_is_asked_by_the_way_of_its_launcher_with_a_shell_there_or_without(bool hasShell)
    {
        WorldFolder world = World("a world's");
        Mark(NodeMarks.Create(world, 1, Two, mayBeInMemory: true), rank: 1, map: 2, index: 5);
        File.WriteAllText($"{temporary.Path}/start", "#!/bin/sh\n[ \"$1\" = second ] || exit 1\nshift\nexec sh -c \"$*\"\n");
        File.WriteAllText($"{temporary.Path}/srun", "#!/bin/sh\nwhile [ \"${1#--}\" != \"$1\" ]; do shift; done\nexec \"$@\"\n");
        File.WriteAllText($"{temporary.Path}/slots", "first slots=1\nsecond slots=1\n");
        foreach (string script in (string[])["start", "srun"])
            File.SetUnixFileMode($"{temporary.Path}/{script}", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var allocation = new LaunchAllocation { HostFile = $"{temporary.Path}/slots", SlotFile = $"{temporary.Path}/slots", RemoteStart = hasShell ? $"{temporary.Path}/start" : null };
        IReadOnlyList<string> line = NodeProbe.Command(allocation, "second", NodeMarks.TakeCommand(world, 1));
        string Run() => LocalHost.Instance.RunAsync(new HostCommand([line[0] == "srun" ? $"{temporary.Path}/srun" : line[0], .. line.Skip(1)])).GetAwaiter().GetResult() is { Succeeded: true } answer ? answer.StandardOutput : "failed";
        Assert.Equal([new RunningItem(1, 2, 5)], RunningMark.Parse(NodeMarks.Parse(Run())!, [0, 1])!);
        Assert.Empty(NodeMarks.Parse(Run())!); // it is gone
    }

    [Fact]
    public void What_is_left_of_jobs_that_were_killed_as_a_whole_goes_and_what_ranks_use_stays()
    {
        WorldFolder own = World("own"), dead = World("dead"), young = World("young"), alive = World("alive");
        string earlier = NodeMarks.Create(own, 1, Two, true), old = NodeMarks.Create(dead, 1, Two, true), recent = NodeMarks.Create(young, 1, Two, true), used = NodeMarks.Create(alive, 1, Two, true);
        string[] all = [earlier, old, recent, used];
        try
        {
            using var mark = new RunningMark(used, 0);
            foreach (string path in (string[])[old, used])
                File.SetLastWriteTimeUtc(path, DateTime.UtcNow - TimeSpan.FromDays(1));
            all = [.. all, NodeMarks.Create(own, 2, Two, true)];
            Assert.Equal([false, false, true, true, true], all.Select(File.Exists));
        }
        finally
        {
            foreach (string path in all)
                NodeMarks.Remove(path);
        }
    }

    private static void Mark(string path, int rank, int map, long index)
    {
        using var mark = new RunningMark(path, rank);
        mark.Map(map);
        mark.Index(index);
    }
}
