using System.Globalization;

namespace PathosHpc;

/// <summary>mpiexec: Open MPI's, or Hydra, which comes with MPICH, MVAPICH and Intel MPI. Which of them it is, the program itself is asked.</summary>
public sealed class MpiexecLauncher : Launcher
{
    private readonly MpiexecVersion? version;
    private readonly bool singleCopyRestricted;

    /// <param name="path">The program: a path, or a name to look up in PATH; null looks for mpiexec by its usual names.</param>
    public MpiexecLauncher(string? path = null) => Path = path;

    internal MpiexecLauncher(string path, MpiexecVersion version, bool singleCopyRestricted)
        => (Path, this.version, this.singleCopyRestricted) = (path, version, singleCopyRestricted);

    /// <summary>The program; null when it is looked for.</summary>
    public string? Path { get; }

    /// <inheritdoc/>
    public override string Name => Path ?? "mpiexec";

    /// <inheritdoc/>
    public override MpiFlavor? Flavor => version?.Flavor;

    // Open MPI 5 starts its ranks by PRRTE, which spells some options anew.
    private bool IsPrrte => version is { Product: "PRRTE" } or { Product: "Open MPI", Version.Major: >= 5 };

    /// <inheritdoc/>
    public override LaunchCommand Plan(LaunchRequest request)
    {
        request.Validate();
        if (version is null)
            throw new InvalidOperationException($"It is not known yet whose mpiexec '{Name}' is; the pool asks it before it starts ranks.");
        var environment = new Dictionary<string, string>(request.Environment);
        // Open MPI gives each rank a terminal; without this .NET writes the control sequences of one into the output.
        environment.TryAdd("TERM", "dumb");
        List<string> arguments = [Name];
        if (version.Flavor == MpiFlavor.OpenMpi)
            PlanOpenMpi(request, arguments, environment);
        else
            PlanHydra(request, arguments);
        return new LaunchCommand([.. arguments, .. request.ExtraArguments, .. request.Command], environment);
    }

    /// <inheritdoc/>
    public override RankDeath? FindRankDeath(string output) => version?.Flavor == MpiFlavor.OpenMpi ? OpenMpiOutput.FindRankDeath(output) : HydraOutput.FindRankDeath(output);

    /// <inheritdoc/>
    public override bool IsChatter(string line) => version?.Flavor == MpiFlavor.Mpich && HydraOutput.IsExitCodes(line);

    internal override async Task<Launcher> ResolveAsync(CancellationToken cancellationToken) =>
        version is not null ? this : await MpiexecProbe.FindAsync(Path, cancellationToken).ConfigureAwait(false);

    private void PlanOpenMpi(LaunchRequest request, List<string> arguments, Dictionary<string, string> environment)
    {
        string crowded = IsPrrte ? ":OVERSUBSCRIBE" : "";
        string cores = request.CoresPerRank is { } perRank ? $":PE={Text(perRank)}" : "";
        string map = request.RanksPerNode is { } perNode ? $"ppr:{Text(perNode)}:node" : "slot";
        if (map != "slot" || cores != "" || IsPrrte)
            arguments.AddRange(["--map-by", map + cores + crowded]);
        if (!IsPrrte)
            arguments.Add("--oversubscribe");
        arguments.AddRange(["--bind-to", request.CoresPerRank is null ? "none" : "core:overload-allowed"]);
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
        // Only variables that are named reach the ranks of other nodes. OMPI_MCA_ ones do by themselves.
        foreach (string name in environment.Keys.Where(name => !name.StartsWith("OMPI_", StringComparison.Ordinal) && !name.StartsWith("PRTE_", StringComparison.Ordinal)))
            arguments.AddRange(["-x", name]);
    }

    private void PlanHydra(LaunchRequest request, List<string> arguments)
    {
        arguments.AddRange(["-n", Text(request.Ranks)]);
        if (request.RanksPerNode is { } perNode)
            arguments.AddRange(["-ppn", Text(perNode)]);
        if (version!.Product == "Intel MPI")
            return;
        if (request.CoresPerRank is { } cores)
            arguments.AddRange(["-bind-to", $"core:{Text(cores)}"]);
        // The only words of Hydra's that tell which rank died.
        arguments.Add("-print-all-exitcodes");
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
