namespace PathosHpc;

public abstract partial class Scheduler
{
    /// <summary>What each directive of the script begins with, such as <c>#SBATCH</c>.</summary>
    protected abstract string DirectivePrefix { get; }

    /// <summary>The shell variable that holds the scheduler's id of the job, such as <c>SLURM_JOB_ID</c>.</summary>
    protected abstract string JobIdVariable { get; }

    /// <summary>The shell variable that holds the folder it was submitted from.</summary>
    protected abstract string SubmitFolderVariable { get; }

    /// <summary>The directives of the job, without their prefix and without what the site adds or leaves out.</summary>
    protected abstract IEnumerable<string> Directives(JobPlan plan);

    /// <summary>Lines of bash that make the scheduler's world the common one: host files in <c>$PATHOS_HOSTS</c> and <c>$PATHOS_SLOTS</c>,
    /// <c>$PATHOS_REMOTE</c>, harmful variables unset. They run in the attempt's folder <c>$attempt</c>.</summary>
    protected virtual IEnumerable<string> NodeLines(JobPlan plan) => [];

    /// <summary>A script that starts a command on another node of the job by the scheduler's own means, called like ssh; null when there is none.</summary>
    protected internal virtual string? RemoteScript => null;

    /// <summary>Whether launchers know by themselves how to start processes on the nodes of this scheduler's jobs, as with Slurm.</summary>
    protected virtual bool IsKnownToLaunchers => false;

    /// <summary>Path of the file that names the node of each rank where ranks were asked for alone.</summary>
    private protected virtual string RankFile => "$PATHOS_HOSTS";

    /// <summary>What the script's launcher is told of the nodes, in variables of the script.</summary>
    internal LaunchAllocation Allocation(JobSpec spec) => new()
    {
        HostFile = spec.Resources.HasNodes ? "$PATHOS_HOSTS" : RankFile,
        SlotFile = "$PATHOS_SLOTS",
        RemoteStart = IsKnownToLaunchers ? null : RemoteScript is null || SshBetweenNodes ? "ssh" : "$PATHOS_REMOTE",
    };

    /// <summary>The whole script of a job.</summary>
    /// <exception cref="InvalidJobException">The job contradicts itself, or asks for what this scheduler cannot honour.</exception>
    public string RenderScript(JobPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var errors = Check(plan.Spec);
        if (errors.Count > 0) throw new InvalidJobException(errors);
        var directives = Directives(plan).Where(d => !OmittedDirectives.Any(o => IsSame(d, o))).Concat(ExtraDirectives);
        return JobScript.Render(plan, [.. directives.Select(d => $"{DirectivePrefix} {d}")], Prologue, [.. NodeLines(plan)], Allocation(plan.Spec), JobIdVariable, SubmitFolderVariable);
    }

    /// <summary>The script that sets up and becomes each rank, on every node.</summary>
    internal string RenderRankScript(JobPlan plan) => JobScript.RenderRank(plan, Prologue);

    /// <summary>Whether a directive begins with what is to be left out, up to the end of a word.</summary>
    private static bool IsSame(string directive, string omitted) => directive.StartsWith(omitted, StringComparison.Ordinal)
        && (directive.Length == omitted.Length || !(char.IsAsciiLetterOrDigit(directive[omitted.Length]) || directive[omitted.Length] is '-' or '_'));
}
