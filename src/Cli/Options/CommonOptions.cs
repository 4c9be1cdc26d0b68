using CommandLine;

namespace PathosHpc;

/// <summary>What every command takes.</summary>
internal abstract class CommonOptions
{
    [Option("site", MetaValue = "NAME", HelpText = "Site profile (~/.config/pathos-hpc/sites/NAME.json); one with an address is reached by ssh.")]
    public string? Site { get; set; }

    [Option("work-folder", MetaValue = "PATH", HelpText = "Folder of job folders, shared by all nodes. Default: the site's, $PATHOS_WORK, ~/.pathos-hpc/jobs.")]
    public string? WorkFolder { get; set; }

    [Option("json", HelpText = "Write JSON to standard output, for machines.")]
    public bool Json { get; set; }
}
