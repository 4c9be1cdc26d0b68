namespace PathosHpc;

/// <summary>How a command of a <see cref="ClusterHost"/> ended.</summary>
/// <param name="ExitCode">Its exit code; 127 when the program does not exist; 128 + n when signal n ended it; -1 when it was killed for its timeout.</param>
/// <param name="StandardOutput">What it wrote, bytes that are no UTF-8 replaced.</param>
/// <param name="StandardError">What it wrote to its standard error.</param>
/// <param name="Elapsed">How long it took.</param>
public sealed record CommandResult(int ExitCode, string StandardOutput, string StandardError, TimeSpan Elapsed)
{
    /// <summary>Whether it was killed because it did not end within its timeout.</summary>
    public bool TimedOut { get; init; }

    /// <summary>Whether it ended by itself with exit code 0.</summary>
    public bool Succeeded => ExitCode == 0 && !TimedOut;

    /// <summary>Both outputs, unaltered, standard error first.</summary>
    public string AllOutput => StandardError.Length == 0 ? StandardOutput : StandardOutput.Length == 0 ? StandardError : StandardError + StandardOutput;

    /// <summary>Lines of the standard output, without their ends.</summary>
    internal IEnumerable<string> Lines => StandardOutput.Split('\n').Select(line => line.TrimEnd('\r'));
}
