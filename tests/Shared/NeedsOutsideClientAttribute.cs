namespace PathosHpc.Tests;

/// <summary>A promise that only a client outside of the MPI world can keep, for it takes starting the ranks again.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NeedsOutsideClientAttribute : Attribute;
