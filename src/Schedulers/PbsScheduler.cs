using System.Globalization;

namespace PathosHpc;

/// <summary>OpenPBS and PBS Professional: qsub, qstat, qselect, qdel. Written against OpenPBS 23.06; needs <c>qstat -F json</c>.</summary>
public sealed partial class PbsScheduler : PbsFamilyScheduler
{
    /// <inheritdoc/>
    public override string Name => "PBS";

    /// <inheritdoc/>
    protected internal override string RemoteScript => PbsRemote.Pbs;

    /// <inheritdoc/>
    protected override IEnumerable<string> Directives(JobPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var spec = plan.Spec;
        string[] log = plan.Folder is not { } folder ? [] : PbsText.IsPlain(folder) ? ["-k oed", $"-o {folder}/scheduler.log"] : HasControl(folder) ? ["-o /dev/null"] : ["-k oed"];
        return
        [
            $"-N {plan.JobName}",
            $"-l select={Select(spec.Resources)}",
            $"-l place={(spec.Resources.HasNodes ? "scatter" : "free")}{(Exclusive ? ":excl" : "")}",
            .. PbsText.Common(plan, this, Reservation ?? Queue),
            .. log,
        ];
    }

    /// <inheritdoc/>
    protected override IEnumerable<string> CheckCapabilities(JobSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        var r = spec.Resources;
        if (!r.HasNodes && r.MemoryPerNode is not null)
            yield return "PBS counts memory by select chunk, and ranks alone are a chunk each: give MemoryPerRank, or Nodes and RanksPerNode.";
        if (!r.HasNodes && r.GpusPerNode is > 0) yield return "PBS counts GPUs by select chunk, and ranks alone are a chunk each: give Nodes and RanksPerNode.";
        if (Queue is not null && Reservation is not null)
            yield return $"A PBS reservation is a queue of its own: give Reservation = '{Reservation}' or Queue = '{Queue}', not both.";
        if (QualityOfService is not null) yield return $"PBS has no quality of service ('{QualityOfService}'); leave it out, or put what the site uses instead into ExtraDirectives.";
        if (Hyperthreads is not null) yield return "PBS has no directive for hyperthreads; leave Hyperthreads out and choose nodes or a queue that have them as you want.";
        if (r.NodeType is { } type) yield return $"PBS has no node types ('{type}'); ask for the site's own resource with ExtraDirectives, such as '-l {type}=true'.";
        foreach (var extra in r.Extra?.Split(',') ?? [])
            if (extra.Split('=')[0] is "nodes" or "ncpus" or "select" or "place" or "walltime" or "mem" || !extra.Contains('=', StringComparison.Ordinal))
                yield return $"'{extra}' of the node string contradicts what the request itself says to PBS, or is no name=value; leave it out.";
    }

    private protected override string RankFile => "$PBS_NODEFILE";

    private protected override MemorySize? RecordedMemory(JobPlan plan) =>
        ChunkMemory(plan.Spec.Resources) is { } chunk ? new MemorySize(checked(chunk.Bytes * Chunks(plan.Spec.Resources))) : null;

    /// <summary>One chunk a node, or one chunk a rank when no node was asked for. OMP_NUM_THREADS comes from ompthreads, else it would be ncpus.</summary>
    private string Select(ResourceRequest r)
    {
        var ranks = r.HasNodes ? r.RanksPerNode ?? 1 : 1;
        var text = string.Create(CultureInfo.InvariantCulture, $"{Chunks(r)}:ncpus={ranks * r.CoresPerRank}:mpiprocs={ranks}:ompthreads={r.CoresPerRank}");
        if (ChunkMemory(r) is { } memory) text += string.Create(CultureInfo.InvariantCulture, $":mem={memory.MiBRoundedUp}mb");
        if (r.GpusPerNode is > 0 and var gpus) text += ":" + Gpus("ngpus={gpus}", gpus);
        return text;
    }

    private static int Chunks(ResourceRequest r) => r.HasNodes ? r.Nodes ?? 1 : r.TotalRanks;

    private static MemorySize? ChunkMemory(ResourceRequest r)
    {
        var bytes = r.MemoryPerNode?.Bytes ?? r.MemoryPerRank?.Bytes * (r.HasNodes ? r.RanksPerNode ?? 1 : 1);
        return bytes is { } b ? MemorySize.MiB(new MemorySize(b).MiBRoundedUp) : null;
    }

    private static bool HasControl(string path) => path.Any(char.IsControl);
}
