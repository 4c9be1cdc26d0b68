namespace PathosHpc;

/// <summary>Asks whether a node of the allocation can be started on: by the way that launchers take.</summary>
internal static class NodeProbe
{
    /// <summary>A command that ends well where <paramref name="node"/> answers.</summary>
    public static IReadOnlyList<string> Command(LaunchAllocation allocation, string node) => allocation.RemoteStart is { } start
        ? [start, node, "true"]
        : ["srun", "--overlap", "--nodes=1", "--ntasks=1", "--cpus-per-task=1", "--mem=0", "--mpi=none", $"--nodelist={node}", "true"];
}
