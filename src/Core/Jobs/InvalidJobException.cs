namespace PathosHpc;

/// <summary>A job asks for what contradicts itself or what its scheduler cannot honour. Nothing was submitted.</summary>
public sealed class InvalidJobException : PathosException
{
    internal InvalidJobException(IReadOnlyList<string> errors)
        : base(errors.Count == 1 ? errors[0] : $"The job has {errors.Count} errors:{string.Concat(errors.Select(e => Environment.NewLine + "- " + e))}")
        => Errors = errors;

    /// <summary>Every error, a sentence each.</summary>
    public IReadOnlyList<string> Errors { get; }
}
