using CommandLine;
using CommandLine.Text;

namespace PathosHpc;

/// <summary>pathos submit</summary>
[Verb("submit", HelpText = "Submit a program as a job: on every rank, or once with --once.")]
internal sealed class SubmitOptions : JobOptions
{
    [Option('w', "wait", HelpText = "Wait for the job's end; the exit code tells it.")]
    public bool Wait { get; set; }

    [Usage(ApplicationAlias = "pathos")]
    public static IEnumerable<Example> Examples =>
    [
        new("Four nodes of two ranks of eight cores, for two hours", new SubmitOptions { Site = "mycluster", Nodes = "4:ppn=2:cpp=8", Time = "2h", Command = ["--", "dotnet", "Relax.dll", "input.xyz"] }),
        new("Any command, once, and wait for it", new SubmitOptions { Scheduler = "slurm", Once = true, Wait = true, Command = ["--", "make", "check"] }),
    ];
}
