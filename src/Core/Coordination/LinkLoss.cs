namespace PathosHpc;

/// <summary>How a link was lost.</summary>
/// <param name="Cause">A sentence.</param>
/// <param name="IsBlameless">Whether no item can be at fault: the worker ended itself, or was ended on purpose.</param>
/// <param name="Running">The items that were being computed behind it when it died; null when that cannot be told.</param>
/// <param name="CulpritIsKnown">Whether <paramref name="Running"/> is only what ran on the rank that died first.</param>
internal sealed record LinkLoss(string Cause, bool IsBlameless, IReadOnlyList<RunningItem>? Running, bool CulpritIsKnown);
