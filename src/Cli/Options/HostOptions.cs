using CommandLine;
using CommandLine.Text;

namespace PathosHpc;

/// <summary>Commands that reach a host.</summary>
internal abstract class HostOptions
{
    [Option("through", MetaValue = "HOST", HelpText = "Hosts to go through, nearest first.")]
    public IEnumerable<string> Through { get; set; } = [];

    [Option('F', "ssh-config", MetaValue = "FILE", HelpText = "Configuration of ssh instead of ~/.ssh/config.")]
    public string? Configuration { get; set; }
}

/// <summary>pathos exec</summary>
[Verb("exec", HelpText = "Run a command on a host; its exit code is this one's.")]
internal sealed class ExecOptions : HostOptions
{
    [Value(0, MetaName = "host", Required = true, HelpText = "A site with an address, a host, user@host, or a name of ssh_config.")]
    public string Host { get; set; } = "";

    [Value(1, MetaName = "command", HelpText = "The command, after --.")]
    public IEnumerable<string> Command { get; set; } = [];

    [Usage(ApplicationAlias = "pathos")]
    public static IEnumerable<Example> Examples => [new("Any command, its arguments as they are", new ExecOptions { Host = "me@login", Command = ["--", "ls", "-l", "a file"] })];
}

/// <summary>pathos cp</summary>
[Verb("cp", HelpText = "Copy a file or folder to a host or from one; goes on where an earlier attempt was cut off.")]
internal sealed class CopyOptions : HostOptions
{
    [Value(0, MetaName = "from", Required = true, HelpText = "PATH, or HOST:PATH on a host.")]
    public string From { get; set; } = "";

    [Value(1, MetaName = "to", Required = true, HelpText = "PATH, or HOST:PATH on a host; name included.")]
    public string To { get; set; } = "";
}

/// <summary>pathos connect</summary>
[Verb("connect", HelpText = "Hold a tunnel to a host until Enter or a signal: to a server of workers there (see serve), which is started if none runs; to a port; or to a command that serves one.")]
internal sealed class ConnectOptions : HostOptions
{
    [Value(0, MetaName = "host", Required = true, HelpText = "A site with an address, a host, user@host, or a name of ssh_config.")]
    public string Host { get; set; } = "";

    [Option('p', "port", MetaValue = "PORT", HelpText = "The port over there. Default, with a command: one that is free there, which the command finds as $PORT.")]
    public int? Port { get; set; }

    [Option("machine", MetaValue = "NAME", Default = "localhost", HelpText = "The machine that has the port, as the host knows it.")]
    public string Machine { get; set; } = "localhost";

    [Option("listen", MetaValue = "PORT", HelpText = "The port here. Default: one that is free.")]
    public int? Listen { get; set; }

    [Option('w', "workers", MetaValue = "COUNT", HelpText = "Workers of the server that is started there. Default: one for each core.")]
    public int? Workers { get; set; }

    [Value(1, MetaName = "command", HelpText = "A server to run there, after --; it ends with the tunnel.")]
    public IEnumerable<string> Command { get; set; } = [];
}

/// <summary>pathos portpicker</summary>
[Verb("portpicker", HelpText = "Print a TCP port of this machine that is really free.")]
internal sealed class PortPickerOptions
{
    [Option("min", MetaValue = "PORT", Default = 1024, HelpText = "The least.")]
    public int Least { get; set; } = 1024;

    [Option("max", MetaValue = "PORT", Default = 65535, HelpText = "The greatest.")]
    public int Greatest { get; set; } = 65535;
}

/// <summary>pathos hosts</summary>
[Verb("hosts", HelpText = "List the sites that have an address; add, check or remove one.")]
internal sealed class HostsOptions
{
    [Value(0, MetaName = "action", HelpText = "list (the default), add NAME ADDRESS, check [NAME...], remove NAME.")]
    public string Action { get; set; } = "list";

    [Value(1, MetaName = "names", HelpText = "Names of sites.")]
    public IEnumerable<string> Names { get; set; } = [];
}
