namespace PathosHpc;

/// <summary>How a host is reached by ssh. What is not said here is as the user's own <c>ssh_config</c> has it.</summary>
public sealed record SshHostOptions
{
    /// <summary>Port of its ssh server. Default: null, as <c>ssh_config</c> says, else 22.</summary>
    public int? Port { get; init; }

    /// <summary>Hosts to go through, nearest first, as for <c>ssh -J</c>. Default: none but those of <c>ssh_config</c>.</summary>
    public IReadOnlyList<string> Through { get; init; } = [];

    /// <summary>File with a private key. Default: null, the agent's and those of <c>ssh_config</c>.</summary>
    public string? IdentityFile { get; init; }

    /// <summary>Configuration file instead of <c>~/.ssh/config</c>. Default: null.</summary>
    public string? ConfigurationFile { get; init; }

    /// <summary>More options of ssh, <c>Name=value</c> each. Default: none.</summary>
    public IReadOnlyList<string> Options { get; init; } = [];

    /// <summary>The OpenSSH client. Default: <c>ssh</c> on PATH.</summary>
    public string Program { get; init; } = "ssh";

    /// <summary>Whether more may be asked of the connection than its one session (ControlMaster), which only hosts without perl need: sessions for their commands, and their
    /// tunnels. Without it each of their commands has a connection of its own, for which nobody is asked for anything. Default: true except on Windows, whose client cannot.</summary>
    public bool Multiplexing { get; init; } = !OperatingSystem.IsWindows();

    /// <summary>Whether passwords, codes and unknown host keys may be asked for on the terminal. Default: null, when there is one.</summary>
    public bool? Interactive { get; init; }

    /// <summary>How long a connection may take that nobody is asked for. Default: 30 s. Whoever is asked has three minutes.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>After how long without an answer a connection is taken for lost; at least 2 s. Default: 9 s.</summary>
    public TimeSpan LostAfter { get; init; } = TimeSpan.FromSeconds(9);

    /// <summary>Path of dotnet over there, for pools on it. Default: null, one that is found there, else the runtime of this machine is
    /// brought along; an empty text brings it along in any case.</summary>
    public string? Dotnet { get; init; }

    /// <summary>Every error in these options and the address, as sentences.</summary>
    internal IEnumerable<string> Errors(string address)
    {
        if (!IsAddress(address))
            yield return $"The address is '{address}'; it must be a host, user@host, or a name of ssh_config, without blanks and without a dash at its front.";
        if (Port is < 1 or > 65535)
            yield return $"Port is {Port}; it must be from 1 to 65535.";
        foreach (string through in Through.Where(t => !IsAddress(t)))
            yield return $"Through has '{through}'; each must be a host, user@host, user@host:port, or a name of ssh_config.";
        foreach (string option in Options.Where(o => o.IndexOf('=', StringComparison.Ordinal) < 1))
            yield return $"Options has '{option}'; each must be as in ssh_config, Name=value.";
        if (ConnectTimeout <= TimeSpan.Zero || ConnectTimeout > TimeSpan.FromHours(1))
            yield return $"ConnectTimeout is {ConnectTimeout}; it must be longer than zero and at most an hour.";
        if (LostAfter < TimeSpan.FromSeconds(2) || LostAfter > TimeSpan.FromHours(1))
            yield return $"LostAfter is {LostAfter}; it must be from 2 s to an hour.";
        if (Multiplexing && OperatingSystem.IsWindows())
            yield return "Multiplexing is set, but the ssh of Windows has no ControlMaster. Leave it out.";
    }

    private static bool IsAddress(string text) => text.Length > 0 && text[0] != '-' && !text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || c == ',');
}
