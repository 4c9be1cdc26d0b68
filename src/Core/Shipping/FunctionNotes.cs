namespace PathosHpc;

/// <summary>What was noticed of the functions in a graph while it was written.</summary>
internal sealed class FunctionNotes
{
    private readonly List<string> warnings = [];

    public IReadOnlyList<string> Warnings => warnings;

    /// <summary>Whether an object travels because a function is, or uses, one of its members.</summary>
    public bool CarriesThis { get; set; }

    public void StaticUsed(string name) => Add(
        $"The function uses the static field {name}, which starts afresh on every worker: capture its value in a local variable, or send it with the items.");

    public void CaptureWritten(string name) => Add(
        $"The function writes the captured variable '{name}', and the write is lost, because every worker has a copy of its own: return the value instead.");

    public void LargeThis(string path, long bytes, string biggest) => Add(
        $"The function takes {path} along whole, {bytes / 1048576.0:F1} MiB, most of it in {biggest}: copy what it needs into local variables and capture those.");

    private void Add(string warning)
    {
        if (!warnings.Contains(warning))
            warnings.Add(warning);
    }
}
