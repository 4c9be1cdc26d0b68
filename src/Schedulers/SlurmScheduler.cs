using System.Globalization;

namespace PathosHpc;

/// <summary>Slurm: sbatch, squeue, sacct, scontrol and scancel. Written against 22.05; no <c>--json</c> is read, since its schema changes by release.</summary>
public sealed partial class SlurmScheduler : Scheduler
{
    /// <summary>The first release that is known to have <c>--export=NIL</c>; older ones get <c>NONE</c>.</summary>
    private static readonly Version KnowsExportNil = new(22, 5);

    /// <summary>What of a node string's tail has a directive of its own.</summary>
    private static readonly string[] KnownExtras = ["partition", "reservation", "qos", "constraint", "account", "clusters", "licenses", "gres"];

    /// <inheritdoc/>
    public override string Name => "Slurm";

    /// <inheritdoc/>
    protected override string DirectivePrefix => "#SBATCH";

    /// <inheritdoc/>
    protected override string JobIdVariable => "SLURM_JOB_ID";

    /// <inheritdoc/>
    protected override string SubmitFolderVariable => "SLURM_SUBMIT_DIR";

    /// <inheritdoc/>
    protected override bool IsKnownToLaunchers => true;

    /// <inheritdoc/>
    protected override IEnumerable<string> Directives(JobPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return [$"--job-name={plan.JobName}", .. Resources(plan.Spec.Resources), .. Placement(), .. Habits(plan)];
    }

    /// <inheritdoc/>
    protected override IEnumerable<string> CheckCapabilities(JobSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        foreach (var extra in spec.Resources.Extra?.Split(',') ?? [])
            if (!KnownExtras.Contains(extra.Split('=')[0]) || !extra.Contains('=', StringComparison.Ordinal))
                yield return $"Slurm has no directive for '{extra}' of the node string; it knows {string.Join("=, ", KnownExtras)}=. Put others into ExtraDirectives.";
    }

    /// <inheritdoc/>
    protected override IEnumerable<string> NodeLines(JobPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var slots = plan.Spec.Resources.HasNodes ? plan.Spec.Resources.RanksPerNode ?? 1 : (int?)null;
        yield return "# sbatch's --export must not reach srun, which would lose PATH; then each node once, for launchers that want a host file.";
        yield return "unset SLURM_EXPORT_ENV SBATCH_EXPORT";
        yield return "export PATHOS_HOSTS=$attempt/hosts PATHOS_SLOTS=$attempt/slots";
        yield return "scontrol show hostnames \"$SLURM_JOB_NODELIST\" >\"$PATHOS_HOSTS\"";
        if (slots is { } n)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"sed 's/$/ slots={n}/' \"$PATHOS_HOSTS\" >\"$PATHOS_SLOTS\"");
        }
        else
        {
            // 2(x3),1 are three nodes of two ranks and one of one.
            yield return "for part in ${SLURM_TASKS_PER_NODE//,/ }; do";
            yield return "  times=1; case $part in *x*) times=${part##*x}; times=${times%\\)} ;; esac";
            yield return "  for ((i = 0; i < times; i++)); do echo \"slots=${part%%\\(*}\"; done";
            yield return "done | paste -d ' ' \"$PATHOS_HOSTS\" - >\"$PATHOS_SLOTS\"";
        }
        if (!plan.Spec.OutlivesNodes) yield break;
        yield return "# A step that a lost node left behind never ends: those that follow take its cores and memory all the same.";
        yield return "unset SLURM_MEM_PER_CPU SLURM_MEM_PER_GPU; export SLURM_OVERLAP=1 SLURM_MEM_PER_NODE=0";
    }

    private IEnumerable<string> Resources(ResourceRequest r)
    {
        if (r.HasNodes)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"--nodes={r.Nodes ?? 1}");
            yield return string.Create(CultureInfo.InvariantCulture, $"--ntasks-per-node={r.RanksPerNode ?? 1}");
        }
        else
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"--ntasks={r.TotalRanks}");
        }
        yield return string.Create(CultureInfo.InvariantCulture, $"--cpus-per-task={r.CoresPerRank}");
        if (r.MemoryPerNode is { } node) yield return string.Create(CultureInfo.InvariantCulture, $"--mem={node.MiBRoundedUp}M");
        if (r.MemoryPerRank is { } rank) yield return string.Create(CultureInfo.InvariantCulture, $"--mem-per-cpu={PerCore(rank, r).MiBRoundedUp}M");
        if (r.GpusPerNode is > 0 and var gpus) yield return Gpus("--gpus-per-node={gpus}", gpus);
        if (r.Walltime is { } limit) yield return $"--time={WalltimeText.Slurm(limit)}";
        if (r.NodeType is { } type) yield return $"--constraint={type}";
        foreach (var extra in r.Extra?.Split(',') ?? []) yield return $"--{extra}";
    }

    private IEnumerable<string> Placement()
    {
        if (Queue is not null) yield return $"--partition={Queue}";
        if (Account is not null) yield return $"--account={Account}";
        if (QualityOfService is not null) yield return $"--qos={QualityOfService}";
        if (Reservation is not null) yield return $"--reservation={Reservation}";
        if (Exclusive) yield return "--exclusive";
        if (Hyperthreads is { } threads) yield return threads ? "--hint=multithread" : "--hint=nomultithread";
        if (Mail == JobMail.None) yield break;
        yield return $"--mail-user={MailAddress}";
        yield return $"--mail-type={string.Join(',', MailWords())}";
    }

    private IEnumerable<string> MailWords()
    {
        if (Mail.HasFlag(JobMail.Start)) yield return "BEGIN";
        if (Mail.HasFlag(JobMail.End)) yield return "END";
        if (Mail.HasFlag(JobMail.Failure)) yield return "FAIL";
    }

    private static IEnumerable<string> Habits(JobPlan plan)
    {
        if (plan.Spec.Dependencies.Count > 0)
        {
            yield return $"--dependency={string.Join(',', plan.Spec.Dependencies.Select(d => $"{Word(d.Condition)}:{string.Join(':', d.JobIds)}"))}";
            yield return "--kill-on-invalid-dep=yes";
        }
        if (plan.Spec.Held) yield return "--hold";
        yield return "--no-requeue";
        if (plan.Spec.OutlivesNodes) yield return "--no-kill";
        if (plan.Spec.WarnBefore is { } warning) yield return string.Create(CultureInfo.InvariantCulture, $"--signal=B:TERM@{Math.Clamp(Math.Ceiling(warning.TotalSeconds), 1, 65535):0}");
        yield return plan.SchedulerVersion >= KnowsExportNil ? "--export=NIL" : "--export=NONE";
        yield return "--open-mode=append";
        if (plan.Folder is null) yield return "--output=%x-%j.log";
        else if (IsPlain(plan.Folder)) yield return $"--output={LogPath(plan.Folder)}";
        if (plan.Folder is { } folder && IsPlain(folder)) yield return $"--chdir={folder}";
    }

    private static string Word(JobDependencyCondition condition) => condition switch
    {
        JobDependencyCondition.Succeeded => "afterok",
        JobDependencyCondition.Failed => "afternotok",
        JobDependencyCondition.Ended => "afterany",
        _ => "after",
    };

    /// <summary>Slurm counts memory by core when it does not count by node.</summary>
    private static MemorySize PerCore(MemorySize perRank, ResourceRequest r) => new((perRank.Bytes + r.CoresPerRank - 1) / r.CoresPerRank);

    /// <summary>The scheduler's own log; a percent sign of the path would be taken for a pattern.</summary>
    private static string LogPath(string folder) => folder.Replace("%", "%%", StringComparison.Ordinal) + "/scheduler.log";

    /// <summary>Whether a path can stand in a directive as it is; others go on the command line, which needs no quotes.</summary>
    private static bool IsPlain(string path) => path.All(c => char.IsAsciiLetterOrDigit(c) || "/_-.+,:=@%".Contains(c, StringComparison.Ordinal));

    private protected override TimeSpan? AsRecorded(TimeSpan? walltime) => walltime is { } limit ? TimeSpan.FromMinutes(Math.Ceiling(limit.TotalMinutes)) : null;

    private protected override MemorySize? RecordedMemory(JobPlan plan) => plan.Spec.Resources is var r && r.MemoryPerNode is { } node ? MemorySize.MiB(node.MiBRoundedUp)
        : r.MemoryPerRank is { } rank ? MemorySize.MiB(PerCore(rank, r).MiBRoundedUp) : null;
}
