namespace PathosHpc;

/// <summary>The nodes that a job was granted, as a launcher inside of it is told of them.</summary>
public sealed record LaunchAllocation
{
    /// <summary>Path of a file with the name of each node once, a line each, the job's first node first. Where ranks were asked for without saying how
    /// many a node, each node stands there as often as it has ranks.</summary>
    public required string HostFile { get; init; }

    /// <summary>Path of a file with each node once and how many ranks it takes: <c>node slots=2</c>.</summary>
    public required string SlotFile { get; init; }

    /// <summary>The program that starts a command on another node and is called like ssh: a path, or <c>ssh</c> itself. Null where launchers know the
    /// scheduler's own way, as with Slurm.</summary>
    public string? RemoteStart { get; init; }

    /// <summary>Nodes of the job that no rank may start on. They stand in neither file. Default: none.</summary>
    public IReadOnlyList<string> LeftOut { get; init; } = [];
}
