namespace PathosHpc;

/// <summary>The lines of a job's script that start its program on every rank. Files and programs of the job folder are named by their variables.</summary>
internal static class JobLaunchLine
{
    /// <summary>Words that are variables of the script, not text.</summary>
    private static readonly string[] Variables = ["$PATHOS_HOSTS", "$PATHOS_SLOTS", "$PATHOS_REMOTE", "$PATHOS_RANK", "$PBS_NODEFILE", Mpiexec];

    private const string Mpiexec = "$PATHOS_MPIEXEC";

    /// <summary>Lines that come before the last, which is the command.</summary>
    internal static IReadOnlyList<string> Render(JobSpec spec, LaunchAllocation allocation)
    {
        var plan = Plan(spec, allocation);
        var words = plan.Arguments.ToList();
        // Debian has several MPIs side by side and calls this one mpiexec.openmpi; elsewhere a module chooses what mpirun is.
        var isLookedFor = spec.Launcher is MpiexecLauncher { Path: null, Flavor: MpiFlavor.OpenMpi };
        if (isLookedFor) words[0] = Mpiexec;
        var line = string.Join(' ', plan.Environment.OrderBy(v => v.Key, StringComparer.Ordinal).Select(v => $"{v.Key}={ShellText.Quote(v.Value)}")
            .Concat(words.Select(word => Variables.Contains(word) ? $"\"{word}\"" : ShellText.Quote(word)))
            .Concat(spec.Command.Select(ShellText.Quote)));
        return isLookedFor ? ["for PATHOS_MPIEXEC in mpiexec.openmpi mpirun mpiexec; do type -P $PATHOS_MPIEXEC >/dev/null && break; done", line] : [line];
    }

    /// <summary>What is wrong with the launcher for these resources; null when nothing is.</summary>
    internal static string? Error(JobSpec spec, LaunchAllocation allocation)
    {
        try
        {
            _ = Plan(spec, allocation);
            return null;
        }
        catch (ArgumentException e)
        {
            return e.Message;
        }
    }

    private static LaunchCommand Plan(JobSpec spec, LaunchAllocation allocation) => spec.Launcher!.Plan(new LaunchRequest
    {
        Ranks = spec.Resources.TotalRanks,
        RanksPerNode = spec.Resources.HasNodes ? spec.Resources.RanksPerNode ?? 1 : null,
        CoresPerRank = spec.Resources.CoresPerRank,
        Command = ["$PATHOS_RANK"],
        Allocation = allocation,
    });
}
