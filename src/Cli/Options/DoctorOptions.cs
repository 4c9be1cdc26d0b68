using CommandLine;

namespace PathosHpc;

/// <summary>pathos doctor</summary>
[Verb("doctor", HelpText = "Say which MPI and which scheduler are here, whether ranks start, and what to do where not.")]
internal sealed class DoctorOptions : JobOptions
{
    [Option("submit", HelpText = "Also submit a job of two nodes and look whether its ranks find each other.")]
    public bool Submit { get; set; }
}
