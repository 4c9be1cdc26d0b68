namespace PathosHpc.Examples;

/// <summary>One class as it was computed.</summary>
internal sealed record QuickstartResult(EpClass Class, EpSums Sums, TimeSpan Elapsed)
{
    /// <summary>Whether the sums are the published ones.</summary>
    public bool IsVerified => Class.Verifies(Sums);
}
