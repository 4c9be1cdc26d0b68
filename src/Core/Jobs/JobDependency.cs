namespace PathosHpc;

/// <summary>A job starts only after others, named by the scheduler's ids.</summary>
/// <param name="Condition">How they must have ended.</param>
/// <param name="JobIds">The scheduler's ids.</param>
public sealed record JobDependency(JobDependencyCondition Condition, params IReadOnlyList<string> JobIds);
