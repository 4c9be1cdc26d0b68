using System.Globalization;

namespace PathosHpc;

/// <summary>Ends this rank when, while it is in MPI_Init, another rank of its node has ended without having called it: Hydra does not notice
/// that, Open MPI only when another rank had called it before, and all others would wait for ever.</summary>
internal sealed class InitWatch : IDisposable
{
    // The parents of ranks, as far as a name goes: a shell between them would have another number of children.
    private static readonly string[] parents = ["hydra_pmi_proxy", "mpiexec.openmpi", "mpirun.openmpi", "mpiexec", "mpirun", "orterun", "orted", "prterun", "prted"];
    private const int ExitCode = 1, LongestName = 15;
    private static readonly TimeSpan interval = TimeSpan.FromMilliseconds(500);
    private readonly int expected;
    private readonly ManualResetEventSlim over = new(false);
    private int missed;

    public InitWatch(LaunchContext context)
    {
        expected = context.LocalSize ?? 0;
        if (expected > 1 && OperatingSystem.IsLinux())
            new Thread(Watch) { IsBackground = true, Name = "pathos init watch" }.Start();
    }

    public void Dispose() => over.Set();

    /// <summary>Nothing is looked at before it has taken a while: MPI_Init hardly ever does, and every start would pay for it.</summary>
    private void Watch()
    {
        bool isLaunched = false;
        while (!over.Wait(interval) && (isLaunched = isLaunched || IsLaunched()))
            Look();
    }

    private static bool IsLaunched()
    {
        string? parent = NameOf(ParentProcess.Id);
        return parents.Any(p => p.AsSpan(0, Math.Min(p.Length, LongestName)).SequenceEqual(parent));
    }

    private void Look()
    {
        int alive = Children(ParentProcess.Id);
        missed = alive < expected ? missed + 1 : 0;
        if (missed < 2)
            return;
        Console.Error.WriteLine($"Only {alive} of the {expected} ranks that were started on node {Environment.MachineName} are left, before all had called MPI_Init: " +
            "the others ended before, and this one cannot wait for them. A program has to get as far on every rank.");
        MpiEnvironment.Exit(ExitCode);
    }

    /// <summary>Processes of this parent that have not ended.</summary>
    private static int Children(int parent)
    {
        int count = 0;
        foreach (string entry in Directory.EnumerateDirectories("/proc"))
        {
            if (char.IsAsciiDigit(Path.GetFileName(entry)[0]) && Stat(entry) is [var state, var itsParent] && state is not ("Z" or "X")
                && itsParent == parent.ToString(CultureInfo.InvariantCulture))
                count++;
        }
        return count;
    }

    private static string? NameOf(int process) => Read($"/proc/{process}/comm")?.Trim();

    /// <summary>State and parent of a process.</summary>
    private static string[]? Stat(string entry) =>
        Read(Path.Combine(entry, "stat")) is { } stat ? stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[..2] : null;

    private static string? Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
