using System.Globalization;

namespace PathosHpc;

/// <summary>TORQUE: qsub, qstat, qselect, qdel. Written against 6.1 with its own scheduler, pbs_sched.</summary>
public sealed partial class TorqueScheduler : PbsFamilyScheduler
{
    /// <inheritdoc/>
    public override string Name => "Torque";

    /// <inheritdoc/>
    protected internal override string RemoteScript => PbsRemote.Torque;

    /// <inheritdoc/>
    protected override IEnumerable<string> Directives(JobPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        // Torque takes no path with blanks and so on; the script's own logs lie in the folder whatever its name.
        string[] log = plan.Folder is not { } folder ? [] : [PbsText.IsPlain(folder) ? $"-o {folder}/scheduler.log" : "-o /dev/null"];
        return [$"-N {plan.JobName}", $"-l nodes={Nodes(plan.Spec.Resources)}", .. Memory(plan), .. PbsText.Common(plan, this, Queue), .. log];
    }

    /// <inheritdoc/>
    protected override IEnumerable<string> CheckCapabilities(JobSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        var r = spec.Resources;
        if (!r.HasNodes) yield return $"Torque cannot place {r.TotalRanks} ranks by itself (procs= waits for ever without Moab or Maui): give Nodes and RanksPerNode.";
        if (Exclusive) yield return "Torque has no directive for nodes of one's own; ask for all cores of a node with RanksPerNode and CoresPerRank, or use ExtraDirectives where Moab runs.";
        if (Hyperthreads is not null) yield return "Torque has no directive for hyperthreads; leave Hyperthreads out and choose nodes with NodeType.";
        if (QualityOfService is { } qos) yield return $"Torque itself has no quality of service; where Moab runs, put '-l qos={qos}' into ExtraDirectives.";
        if (Reservation is { } reservation) yield return $"Torque itself has no reservations; where Moab runs, put '-l advres={reservation}' into ExtraDirectives.";
        if (r.NodeType is { } type && type.Any(c => c is '&' or '|')) yield return $"NodeType = '{type}': Torque has no '&' or '|' between node properties; give one, or several separated by ':' in ExtraDirectives.";
        foreach (var extra in r.Extra?.Split(',') ?? [])
        {
            if (extra.Split('=')[0] is "select" or "place" or "ncpus" or "procs")
                yield return $"Torque would ignore or refuse '{extra}' of the node string; it counts nodes and ppn.";
            else if (extra.Split('=')[0] is "nodes" or "mem" or "walltime" || !extra.Contains('=', StringComparison.Ordinal))
                yield return $"'{extra}' of the node string contradicts what the request itself says to Torque, or is no name=value; leave it out.";
        }
        foreach (var directive in ExtraDirectives.Where(d => d.Contains("select=", StringComparison.Ordinal)))
            yield return $"Torque accepts '{directive}' and silently ignores it; ask with Nodes and RanksPerNode.";
    }

    private protected override MemorySize? RecordedMemory(JobPlan plan) => plan.TotalMemory is { } total ? MemorySize.MiB(total.MiBRoundedUp) : null;

    /// <summary>A processor is a core here, so that the same machine is asked for as with the others: ppn is ranks x cores.</summary>
    private string Nodes(ResourceRequest r)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{r.Nodes ?? 1}:ppn={r.CoresPerNode}");
        if (r.GpusPerNode is > 0 and var gpus) text += ":" + Gpus("gpus={gpus}", gpus);
        return r.NodeType is null ? text : $"{text}:{r.NodeType}";
    }

    /// <summary>Torque's mem is the whole job's.</summary>
    private static IEnumerable<string> Memory(JobPlan plan) =>
        plan.TotalMemory is { } total ? [string.Create(CultureInfo.InvariantCulture, $"-l mem={total.MiBRoundedUp}mb")] : [];
}
