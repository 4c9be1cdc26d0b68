namespace PathosHpc;

/// <summary>A worker runs another build of an assembly than the one whose function it was sent.</summary>
public sealed class StaleBuildException : PathosException
{
    internal StaleBuildException(string assembly, Guid expected, Guid found, string? path)
        : base($"The client runs {assembly} with MVID {expected}, but this worker loaded {path ?? "it"} with MVID {found}. " +
               "Rebuild or redeploy the program where the ranks run, then run it again.")
        => (AssemblyName, ExpectedMvid, FoundMvid) = (assembly, expected, found);

    /// <summary>Simple name of the assembly.</summary>
    public string AssemblyName { get; }

    /// <summary>Module version id of the client's build.</summary>
    public Guid ExpectedMvid { get; }

    /// <summary>Module version id of the worker's build.</summary>
    public Guid FoundMvid { get; }
}
