using System.Globalization;
using System.Text.RegularExpressions;

namespace PathosHpc;

/// <summary>Slurm's srun, inside an allocation. It always says which way of starting MPI it means: with the site's default, a mistaken one makes
/// every rank a world of its own.</summary>
/// <param name="mpi">The MPI of the ranks: MPICH starts by PMI-2, Open MPI by PMIx.</param>
public sealed partial class SrunLauncher(MpiFlavor mpi) : Launcher
{
    /// <inheritdoc/>
    public override string Name => "srun";

    /// <inheritdoc/>
    public override MpiFlavor? Flavor => mpi;

    /// <inheritdoc/>
    public override LaunchCommand Plan(LaunchRequest request)
    {
        request.Validate();
        List<string> arguments = ["srun", $"--ntasks={Text(request.Ranks)}"];
        if (request.RanksPerNode is { } perNode)
            arguments.Add($"--ntasks-per-node={Text(perNode)}");
        // srun does not inherit it from the allocation since Slurm 22.05.
        arguments.Add($"--cpus-per-task={Text(request.CoresPerRank ?? 1)}");
        arguments.Add($"--mpi={(mpi == MpiFlavor.Mpich ? "pmi2" : "pmix")}");
        arguments.AddRange(["--kill-on-bad-exit=1", "--unbuffered"]);
        if (request.Allocation is { LeftOut: { Count: > 0 } leftOut })
        {
            // Without it srun asks for as many nodes as the job had.
            arguments.Add($"--nodes={(request.RanksPerNode is { } together ? Text((request.Ranks + together - 1) / together) : $"1-{Text(request.Ranks)}")}");
            arguments.Add($"--exclude={string.Join(',', leftOut)}");
        }
        return new LaunchCommand([.. arguments, .. request.ExtraArguments, .. request.Command], request.Environment);
    }

    /// <inheritdoc/>
    public override RankDeath? FindRankDeath(string output)
    {
        if (OutOfMemory().IsMatch(output))
            return new RankDeath(Task(output), JobFailureReason.OutOfMemory);
        if (TimeLimit().IsMatch(output))
            return new RankDeath(null, JobFailureReason.Walltime);
        if (Ended().Match(output) is { Success: true } ended)
        {
            JobFailureReason reason = ended.Groups["code"].Success ? JobFailureReason.ExitCode
                : ended.Groups["launch"].Success ? JobFailureReason.LaunchFailure : JobFailureReason.Signal;
            return new RankDeath(Task(output), reason, ended.Groups["code"].Success ? Number(ended.Groups["code"]) : null,
                ended.Groups["node"].Success ? ended.Groups["node"].Value : null);
        }
        return LastWords.FindRankDeath(output);
    }

    // A range of tasks, or a list, does not tell which was the first.
    private static int? Task(string output) => Ended().Match(output) is { Success: true } ended && ended.Groups["task"].Success ? Number(ended.Groups["task"]) : null;

    private static int Number(Group group) => int.Parse(group.ValueSpan, CultureInfo.InvariantCulture);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^srun: error: (?:(?<node>[^\s:]+): )?task(?:s [\d,\-]+|(?: (?<task>\d{1,9}))):? (?:Exited with exit code (?<code>\d{1,3})|(?<launch>launch failed)|.+)", RegexOptions.Multiline)]
    private static partial Regex Ended();

    [GeneratedRegex(@"oom-kill event|: Out Of Memory$", RegexOptions.Multiline)]
    private static partial Regex OutOfMemory();

    [GeneratedRegex(@"CANCELLED AT .* DUE TO TIME LIMIT")]
    private static partial Regex TimeLimit();
}
