namespace PathosHpc;

/// <summary>What a submit command's output says.</summary>
/// <param name="JobId">The scheduler's id; null when there is none in the output.</param>
/// <param name="IsCertain">False when the id stood inside decoration and should be confirmed, or when the job may exist although no id came back.</param>
/// <param name="IsRejected">The scheduler refused the job for good: submitting the same again is of no use.</param>
public sealed record JobSubmission(string? JobId, bool IsCertain, bool IsRejected);
