namespace PathosHpc;

/// <summary>One command for a <see cref="ClusterHost"/>: an argument list, never a shell string.</summary>
public sealed record HostCommand
{
    /// <summary>A command of these arguments; the first is the program, found on the host's PATH when it has no slash.</summary>
    public HostCommand(params IReadOnlyList<string> arguments)
    {
        if (arguments.Count == 0) throw new ArgumentException("A command needs at least the name of a program.", nameof(arguments));
        Arguments = arguments;
    }

    /// <summary>Program and arguments.</summary>
    public IReadOnlyList<string> Arguments { get; }

    /// <summary>Variables that the command sees beside those of the host.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>();

    /// <summary>Variables of the host that the command must not see: names, or beginnings of names that end with <c>*</c>.</summary>
    public IReadOnlyList<string> HiddenVariables { get; init; } = [];

    /// <summary>Variables that the command sees although <see cref="HiddenVariables"/> names them.</summary>
    public IReadOnlyList<string> KeptVariables { get; init; } = [];

    /// <summary>What the command reads from its standard input; null gives it an empty one.</summary>
    public ReadOnlyMemory<byte>? StandardInput { get; init; }

    /// <summary>The folder it runs in; null for the host's own.</summary>
    public string? WorkingFolder { get; init; }

    /// <summary>After this time the command is killed.</summary>
    /// <value>The default is 30 seconds.</value>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether the command must not see the variable.</summary>
    public bool Hides(string variable) => !KeptVariables.Contains(variable) && HiddenVariables.Any(hidden =>
        hidden.EndsWith('*') ? variable.StartsWith(hidden[..^1], StringComparison.Ordinal) : variable == hidden);

    /// <summary>The command line, quoted as for a shell.</summary>
    public override string ToString() => ShellText.Join(Arguments);
}
