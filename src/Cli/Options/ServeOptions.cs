using CommandLine;

namespace PathosHpc;

/// <summary>pathos serve</summary>
[Verb("serve", HelpText = "Give the cores of this machine to the pools that come, until a signal or 'pathos serve stop'.")]
internal sealed class ServeOptions
{
    [Value(0, MetaName = "action", HelpText = "start (the default), status [NAME], stop [NAME].")]
    public string Action { get; set; } = "start";

    [Value(1, MetaName = "name", HelpText = "The server: its name, or the path of its token file. Default: the machine's name; for status all.")]
    public string? Name { get; set; }

    [Option('w', "workers", MetaValue = "COUNT", HelpText = "Workers that it gives away, at most. Default: one for each core.")]
    public int? Workers { get; set; }

    [Option("json", HelpText = "Write JSON to standard output, for machines.")]
    public bool Json { get; set; }
}
