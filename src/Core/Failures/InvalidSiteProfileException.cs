namespace PathosHpc;

/// <summary>A site profile has errors. All of them are told at once.</summary>
public sealed class InvalidSiteProfileException : PathosException
{
    internal InvalidSiteProfileException(string origin, IReadOnlyList<string> errors)
        : base($"The site profile {origin} has {errors.Count} error{(errors.Count == 1 ? "" : "s")}:{string.Concat(errors.Select(e => Environment.NewLine + "- " + e))}")
        => Errors = errors;

    /// <summary>Every error, a sentence each.</summary>
    public IReadOnlyList<string> Errors { get; }
}
