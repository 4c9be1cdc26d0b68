using System.Diagnostics;
using System.Globalization;

namespace PathosHpc;

/// <summary>The command lines of the user's own ssh.</summary>
/// <param name="Address">Host, user@host, or a name of <c>ssh_config</c>.</param>
/// <param name="Options">How it is reached.</param>
internal sealed record SshClient(string Address, SshHostOptions Options)
{
    /// <summary>Whether somebody can be asked: there is a terminal, and it was not forbidden.</summary>
    public bool MayAsk { get; } = Options.Interactive ?? HasTerminal();

    /// <summary>The connection itself, which runs <paramref name="command"/>; further sessions come through <paramref name="control"/> if given.</summary>
    public ProcessStartInfo Connect(string? control, string command) =>
        Start([.. Way(MayAsk), .. control is null ? NotShared : ["-o", "ControlMaster=yes", "-o", "ControlPath=" + control], .. Common(), "--", Address, command]);

    /// <summary>A connection of its own for one command. It asks for nothing.</summary>
    public ProcessStartInfo Alone(string command) => Start([.. Way(mayAsk: false), .. NotShared, .. Common(), "--", Address, command]);

    /// <summary>A connection of its own that forwards, and says when it does. It asks for nothing. The user's own forwardings cannot be cleared without ours; that they fail does no harm.</summary>
    public ProcessStartInfo Forward(string forwarding) =>
        Start(["-N", "-L", forwarding, "-o", "ExitOnForwardFailure=no", .. Way(mayAsk: false), .. NotShared, .. Common("DEBUG1", "no"), "--", Address]);

    /// <summary>A session over the connection behind <paramref name="control"/>. When that is gone it fails at once, and asks for nothing.</summary>
    public ProcessStartInfo Session(string control, string command) => Start(["-T", "-x", .. Over(control), .. Common(), "--", Address, command]);

    /// <summary>Tells the connection behind <paramref name="control"/> something: <c>forward</c> or <c>cancel</c>, with the forwarding.</summary>
    public ProcessStartInfo Control(string control, string word, params string[] arguments) => Start(["-O", word, .. Over(control), "-o", "LogLevel=INFO", .. arguments, .. File(), "--", Address]);

    private static string[] NotShared => ["-o", "ControlMaster=no", "-o", "ControlPath=none"];

    private List<string> Way(bool mayAsk)
    {
        // Half of the limit without a word, then two questions: an answer to the last must still come in time.
        int interval = (int)Math.Max(1, Options.LostAfter.TotalSeconds / 3);
        List<string> arguments =
        [
            "-T", "-x", "-o", "BatchMode=" + (mayAsk ? "no" : "yes"),
            "-o", string.Create(CultureInfo.InvariantCulture, $"ServerAliveInterval={interval}"), "-o", "ServerAliveCountMax=2", "-o", "TCPKeepAlive=yes",
            "-o", string.Create(CultureInfo.InvariantCulture, $"ConnectTimeout={Math.Max(1, (int)Options.ConnectTimeout.TotalSeconds)}"), "-o", "ControlPersist=no",
        ];
        if (Options.Port is { } port)
            arguments.AddRange(["-p", port.ToString(CultureInfo.InvariantCulture)]);
        if (Options.Through.Count > 0)
            arguments.AddRange(["-J", string.Join(',', Options.Through)]);
        if (Options.IdentityFile is { } identity)
            arguments.AddRange(["-i", identity]);
        foreach (string option in Options.Options)
            arguments.AddRange(["-o", option]);
        return arguments;
    }

    private static string[] Over(string control) => ["-o", "ControlMaster=no", "-o", "ControlPath=" + control, "-o", "BatchMode=yes", "-o", "ProxyCommand=exit 255"];

    private string[] Common(string logLevel = "INFO", string clear = "yes") => ["-o", "LogLevel=" + logLevel, "-o", "RemoteCommand=none", "-o", "RequestTTY=no", "-o", "ClearAllForwardings=" + clear, "-o", "PermitLocalCommand=no", .. File()];

    private string[] File() => Options.ConfigurationFile is { } file ? ["-F", file] : [];

    private ProcessStartInfo Start(IEnumerable<string> arguments) => new(Options.Program, arguments)
    {
        RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false, CreateNoWindow = true,
    };

    private static bool HasTerminal()
    {
        if (OperatingSystem.IsWindows())
            return !Console.IsInputRedirected;
        try
        {
            using var terminal = new FileStream("/dev/tty", FileMode.Open, FileAccess.Read);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
