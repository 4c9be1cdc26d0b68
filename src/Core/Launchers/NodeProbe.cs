namespace PathosHpc;

/// <summary>Starts a command on a node of the allocation by the way that launchers take, which shows whether the node answers.</summary>
internal static class NodeProbe
{
    /// <summary>The command line that runs <paramref name="command"/> on <paramref name="node"/>.</summary>
    public static IReadOnlyList<string> Command(LaunchAllocation allocation, string node, params IReadOnlyList<string> command) => allocation.RemoteStart is { } start
        ? [start, node, .. command.Select(ShellText.Quote)] // a shell there reads them
        : ["srun", "--overlap", "--nodes=1", "--ntasks=1", "--cpus-per-task=1", "--mem=0", "--mpi=none", $"--nodelist={node}", .. command];
}
