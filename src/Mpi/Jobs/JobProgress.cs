namespace PathosHpc;

/// <summary>How far the job of a pool is, before its ranks compute.</summary>
/// <param name="JobId">The scheduler's id.</param>
/// <param name="State">The state.</param>
/// <param name="Text">The scheduler's words: state, and why it waits.</param>
/// <param name="ExpectedStart">When the scheduler thinks that it will start; null when it does not say.</param>
public sealed record JobProgress(string JobId, JobState State, string Text, DateTimeOffset? ExpectedStart);
