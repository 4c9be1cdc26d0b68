using System.Globalization;

namespace PathosHpc;

/// <summary>mpiexec: Open MPI's, or Hydra, which comes with MPICH, MVAPICH and Intel MPI. Which of them it is, the program itself is asked where the
/// ranks start on this machine; a job's script is written where it may not be, and needs the flavor.</summary>
public sealed class MpiexecLauncher : Launcher
{
    private readonly MpiFlavor? flavor;
    private readonly MpiexecVersion? version;
    private readonly bool singleCopyRestricted;

    /// <param name="path">The program: a path, or a name to look up in PATH; null looks for mpiexec by its usual names.</param>
    /// <param name="flavor">The MPI that it must belong to; null takes it as it is.</param>
    public MpiexecLauncher(string? path = null, MpiFlavor? flavor = null) => (Path, this.flavor) = (path, flavor);

    internal MpiexecLauncher(string path, MpiexecVersion version, bool singleCopyRestricted)
        => (Path, flavor, this.version, this.singleCopyRestricted) = (path, version.Flavor, version, singleCopyRestricted);

    /// <summary>The program; null when it is looked for.</summary>
    public string? Path { get; }

    /// <inheritdoc/>
    public override string Name => Path ?? flavor switch { null => "mpiexec", MpiFlavor.OpenMpi => "mpirun", _ => "mpiexec.hydra" };

    /// <inheritdoc/>
    public override MpiFlavor? Flavor => flavor;

    private bool IsOpenMpi => flavor == MpiFlavor.OpenMpi;

    // Open MPI 5 starts its ranks by PRRTE, which spells some options anew.
    private bool IsPrrte => version is { Product: "PRRTE" } or { Product: "Open MPI", Version.Major: >= 5 };

    /// <inheritdoc/>
    public override LaunchCommand Plan(LaunchRequest request)
    {
        request.Validate();
        if (flavor is null)
        {
            throw new ArgumentException($"Whose mpiexec '{Name}' is, only the program itself could tell, and it is not run here: give the flavor, as in "
                + "new MpiexecLauncher(flavor: MpiFlavor.OpenMpi).");
        }
        var environment = new Dictionary<string, string>(request.Environment);
        // Open MPI gives each rank a terminal; without this .NET writes the control sequences of one into the output.
        if (IsOpenMpi || request.Allocation is null)
            environment.TryAdd("TERM", "dumb");
        List<string> arguments = [Name];
        if (IsOpenMpi)
            PlanOpenMpi(request, arguments, environment);
        else
            PlanHydra(request, arguments);
        return new LaunchCommand([.. arguments, .. request.ExtraArguments, .. request.Command], environment);
    }

    /// <inheritdoc/>
    public override RankDeath? FindRankDeath(string output) => (IsOpenMpi ? OpenMpiOutput.FindRankDeath(output) : HydraOutput.FindRankDeath(output)) ?? LastWords.FindRankDeath(output);

    /// <inheritdoc/>
    public override bool IsChatter(string line) => flavor is not null && !IsOpenMpi && HydraOutput.IsExitCodes(line);

    internal override Launcher Resolve(CancellationToken cancellationToken) => version is not null ? this : MpiexecProbe.Find(Path, flavor, cancellationToken);

    private void PlanOpenMpi(LaunchRequest request, List<string> arguments, Dictionary<string, string> environment)
    {
        // The scheduler saw to it that there is a core for every rank, and other jobs of a node may be bound to its first cores.
        bool isGranted = request.Allocation is not null;
        int? bound = isGranted ? null : request.CoresPerRank;
        string crowded = IsPrrte && !isGranted ? ":OVERSUBSCRIBE" : "";
        string cores = bound is { } perRank ? $":PE={Text(perRank)}" : "";
        if (request.Allocation is { } allocation)
            PlanNodes(allocation, arguments);
        string map = request.RanksPerNode is { } perNode ? $"ppr:{Text(perNode)}:node" : "slot";
        if (map != "slot" || cores != "" || crowded != "")
            arguments.AddRange(["--map-by", map + cores + crowded]);
        if (!IsPrrte && !isGranted)
            arguments.Add("--oversubscribe");
        arguments.AddRange(["--bind-to", bound is null ? "none" : "core:overload-allowed"]);
        arguments.AddRange(["-n", Text(request.Ranks)]);
        foreach (string prefix in (string[])(IsPrrte ? ["OMPI", "PRTE"] : ["OMPI"]))
        {
            environment[$"{prefix}_ALLOW_RUN_AS_ROOT"] = "1";
            environment[$"{prefix}_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1";
        }
        if (singleCopyRestricted)
        {
            (string parameter, string value) = IsPrrte ? ("OMPI_MCA_smsc", "^cma") : ("OMPI_MCA_btl_vader_single_copy_mechanism", "none");
            environment.TryAdd(parameter, value);
        }
        environment.TryAdd("OMPI_MCA_btl_base_warn_component_unused", "0");
        // Its daemons, which srun starts, are to run on all of the job's cores of their node and on no others: their ranks do.
        if (request is { Allocation.RemoteStart: null, RanksPerNode: { } together } && isGranted)
            environment.TryAdd(IsPrrte ? "PRTE_MCA_plm_slurm_args" : "OMPI_MCA_plm_slurm_args", $"--cpu-bind=cores --cpus-per-task={Text(checked(together * (request.CoresPerRank ?? 1)))}");
        // Only variables that are named reach the ranks of other nodes. OMPI_MCA_ ones do by themselves.
        foreach (string name in environment.Keys.Where(name => !name.StartsWith("OMPI_", StringComparison.Ordinal) && !name.StartsWith("PRTE_", StringComparison.Ordinal)))
            arguments.AddRange(["-x", name]);
    }

    private static void PlanNodes(LaunchAllocation allocation, List<string> arguments)
    {
        if (allocation.RemoteStart is not null || allocation.LeftOut.Count > 0)
            arguments.AddRange(["--hostfile", allocation.SlotFile]);
        if (allocation.RemoteStart is not (null or "ssh"))
            arguments.AddRange(["--mca", "plm", "rsh", "--mca", "plm_rsh_agent", allocation.RemoteStart]);
    }

    private void PlanHydra(LaunchRequest request, List<string> arguments)
    {
        if (request.Allocation is { } allocation)
        {
            arguments.AddRange(allocation.RemoteStart switch
            {
                null => ["-launcher", "slurm"],
                "ssh" => ["-launcher", "ssh"],
                var start => (string[])["-launcher", "rsh", "-launcher-exec", start],
            });
            if (allocation.RemoteStart is not null || allocation.LeftOut.Count > 0)
                arguments.AddRange(["-f", allocation.HostFile]);
        }
        arguments.AddRange(["-n", Text(request.Ranks)]);
        // Without it Hydra deals ranks round robin over a file that names each node once.
        if (request.RanksPerNode is { } perNode)
            arguments.AddRange(["-ppn", Text(perNode)]);
        if (version is null or { Product: "Intel MPI" })
            return;
        if (request is { CoresPerRank: { } cores, Allocation: null })
            arguments.AddRange(["-bind-to", $"core:{Text(cores)}"]);
        // The only words of Hydra's that tell which rank died.
        arguments.Add("-print-all-exitcodes");
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
