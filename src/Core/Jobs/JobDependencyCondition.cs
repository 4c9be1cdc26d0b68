namespace PathosHpc;

/// <summary>What another job must have come to before this one may start.</summary>
public enum JobDependencyCondition
{
    /// <summary>It ended with exit code 0.</summary>
    Succeeded,
    /// <summary>It ended otherwise.</summary>
    Failed,
    /// <summary>It ended, however.</summary>
    Ended,
    /// <summary>It started.</summary>
    Started,
}
