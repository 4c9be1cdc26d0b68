using System.Diagnostics;
using System.Globalization;

namespace PathosHpc.Tests;

/// <summary>Where one test breaks things: a private folder, the pools that work in it, and every process that has to do with it.
/// At its end nothing may be left of them. A wait that does not end fails the test with what is alive, and ends that by its id.</summary>
internal sealed class FaultScene : IAsyncDisposable
{
    /// <summary>The variable that marks processes of a scene which do not name its folder in their arguments.</summary>
    public const string Variable = "PATHOS_FAULT_SCENE";

    private static readonly TimeSpan disposalLimit = TimeSpan.FromSeconds(10);
    private readonly List<IAsyncDisposable> pools = [];
    private readonly int self = Environment.ProcessId;

    public FaultScene()
    {
        Folder = Directory.CreateTempSubdirectory("pf-").FullName;
        Work = Directory.CreateDirectory(Path.Combine(Folder, "work")).FullName;
    }

    /// <summary>The private folder: for files by which items and tests talk.</summary>
    public string Folder { get; }

    /// <summary>The folder below it for the pools' own folders.</summary>
    public string Work { get; }

    /// <summary>The pool is disposed with the scene.</summary>
    public T Add<T>(T pool) where T : IAsyncDisposable
    {
        pools.Add(pool);
        return pool;
    }

    /// <summary>A path in the folder.</summary>
    public string File(string name) => Path.Combine(Folder, name);

    /// <summary>Runs something that has to end in time, on another thread, so that not even a blocked call can hold the test up.</summary>
    public async Task<T> WithinAsync<T>(int seconds, Func<Task<T>> action)
    {
        Task<T> task = Task.Run(action);
        await EndAsync(task, TimeSpan.FromSeconds(seconds));
        return await task;
    }

    /// <summary>Runs something that has to end in time.</summary>
    public Task WithinAsync(int seconds, Func<Task> action) => WithinAsync(seconds, async () =>
    {
        await action();
        return 0;
    });

    /// <summary>Runs something that has to fail in time with an exception of the type given.</summary>
    public Task<TException> FailsWithinAsync<TException>(int seconds, Func<Task> action) where TException : Exception =>
        WithinAsync(seconds, () => Assert.ThrowsAnyAsync<TException>(action));

    /// <summary>Waits until something holds.</summary>
    public Task UntilAsync(int seconds, Func<bool> holds, string what) => WithinAsync(seconds, async () =>
    {
        for (var watch = Stopwatch.StartNew(); !holds(); await Task.Delay(10))
        {
            if (watch.Elapsed.TotalSeconds > seconds - 0.5)
                throw new TimeoutException($"{what} did not happen within {seconds} s. Alive:\n{Dump()}");
        }
    });

    /// <summary>The processes of this scene that are alive: those whose arguments or environment name its folder.</summary>
    public IReadOnlyList<(int Id, string Command)> Processes()
    {
        var found = new List<(int, string)>();
        foreach (string entry in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(entry), NumberStyles.None, CultureInfo.InvariantCulture, out int id) || id == self)
                continue;
            string command = Read(Path.Combine(entry, "cmdline"));
            if ((command.Contains(Folder, StringComparison.Ordinal) || Read(Path.Combine(entry, "environ")).Contains(Folder, StringComparison.Ordinal))
                && State(id) is not ('Z' or 'X' or ' '))
                found.Add((id, command.Replace('\0', ' ')));
        }
        return found;
    }

    /// <summary>The processes of ranks and workers.</summary>
    public IReadOnlyList<int> Ranks() => [.. Processes().Where(p => IsRank(p.Command)).Select(p => p.Id)];

    /// <summary>The process of the launcher itself.</summary>
    public int Launcher() => Processes().Where(p => p.Command.Contains("mpiexec", StringComparison.Ordinal) && !IsRank(p.Command)).Select(p => p.Id).Min();

    /// <summary>What is alive, one process a line.</summary>
    public string Dump() => string.Join('\n', Processes().Select(p => $"  {p.Id} {State(p.Id)} in {Read($"/proc/{p.Id}/wchan")}: {p.Command}"));

    /// <summary>Sends a signal to a process.</summary>
    public static void Signal(int process, string signal)
    {
        using Process kill = Process.Start("/bin/kill", [$"-{signal}", process.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit(5000);
    }

    /// <summary>The lines that items wrote to files of this name, of all processes.</summary>
    public IReadOnlyList<string> Lines(string name) => [.. Directory.EnumerateFiles(Folder, name + ".*").SelectMany(System.IO.File.ReadAllLines)];

    /// <summary>Disposes the pools, and fails when anything of them is left.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            foreach (IAsyncDisposable pool in pools)
                await WithinAsync((int)disposalLimit.TotalSeconds, () => pool.DisposeAsync().AsTask());
            await NothingIsLeftAsync(2);
        }
        finally
        {
            KillAll();
            Directory.Delete(Folder, recursive: true);
        }
    }

    /// <summary>Fails when a process, a socket or a pool's folder is still there after the time given.</summary>
    public async Task NothingIsLeftAsync(double seconds)
    {
        string left;
        for (var watch = Stopwatch.StartNew(); (left = Left()).Length > 0; await Task.Delay(20))
            Assert.True(watch.Elapsed.TotalSeconds < seconds, $"This is left after {seconds} s:\n{left}");
    }

    private string Left()
    {
        string processes = Dump();
        string sockets = string.Join('\n', System.IO.File.ReadAllLines("/proc/net/unix").Where(l => l.Contains(Folder, StringComparison.Ordinal)));
        string folders = string.Join('\n', Directory.EnumerateFileSystemEntries(Work, "*", SearchOption.AllDirectories));
        return processes + sockets + folders;
    }

    private async Task EndAsync(Task task, TimeSpan limit)
    {
        if (await Task.WhenAny(task, Task.Delay(limit)) == task)
            return;
        string alive = Dump();
        KillAll();
        throw new TimeoutException($"It has not ended within {limit.TotalSeconds} s. Alive:\n{alive}");
    }

    private void KillAll()
    {
        foreach ((int id, _) in Processes())
            Signal(id, "KILL");
    }

    private static bool IsRank(string command) =>
        command.Contains(".dll rank ", StringComparison.Ordinal) && !command.Contains("mpiexec", StringComparison.Ordinal) || command.Contains(".dll worker ", StringComparison.Ordinal);

    private static char State(int id) => Read($"/proc/{id}/stat") is { Length: > 0 } stat ? stat[stat.LastIndexOf(')') + 2] : ' ';

    private static string Read(string path)
    {
        try
        {
            return System.IO.File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
