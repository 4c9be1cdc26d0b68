namespace PathosHpc;

/// <summary>The variables by which a launcher tells a process that it is a rank. A launcher that finds them believes that it runs inside a rank and
/// fails, or joins a world that is not its own; so what a rank starts must not inherit them.</summary>
internal static class LaunchEnvironment
{
    private static readonly string[] prefixes =
    [
        "PMI_", "PMI2_", "PMIX_", "HYDRA_", "HYDI_", "MPIEXEC_", "PRTE_", "ORTE_", "OMPI_", "MPI_LOCAL", "PALS_", "ALPS_APP", "I_MPI_HYDRA",
        "SLURM_STEP", "SLURM_SRUN", "SLURM_PMI", "SLURM_PMIX", "SLURM_CPU_BIND", "SLURM_MEM_BIND", "SLURM_TOPOLOGY", "SLURM_LAUNCH",
    ];

    private static readonly HashSet<string> names = new(StringComparer.Ordinal)
    {
        "PMI", "MPIR_CVAR_CH3_INTERFACE_HOSTNAME", "GFORTRAN_UNBUFFERED_PRECONNECTED", "HFI_NO_BACKTRACE", "IPATH_NO_BACKTRACE",
        "SLURM_PROCID", "SLURM_LOCALID", "SLURM_NODEID", "SLURM_TASK_PID", "SLURM_GTIDS", "SLURM_MPI_TYPE", "SLURM_DISTRIBUTION", "SLURM_KILL_BAD_EXIT",
        "SLURM_UMASK", "SLURM_WORKING_CLUSTER", "SLURM_NTASKS", "SLURM_NPROCS", "SLURM_CPUS_PER_TASK", "SLURM_TRES_PER_TASK",
    };

    // Set by users and sites, for any Open MPI job.
    private static readonly string[] keptPrefixes = ["OMPI_ALLOW_RUN_AS_ROOT", "PRTE_ALLOW_RUN_AS_ROOT", "OMPI_MCA_"];

    // Set by mpiexec for the ranks of one job, in the users' name space.
    private static readonly string[] launcherParameters =
    [
        "OMPI_MCA_ess", "OMPI_MCA_orte_", "OMPI_MCA_initial_wdir", "OMPI_MCA_mpi_oversubscribe", "OMPI_MCA_pmix", "OMPI_MCA_shmem_RUNTIME_QUERY_hint",
        "OMPI_MCA_hwloc_base_binding_policy", "OMPI_MCA_rmaps_", "OMPI_MCA_plm",
    ];

    /// <summary>Those of <paramref name="present"/> that a process started by a rank must not have.</summary>
    public static IEnumerable<string> VariablesToRemove(IEnumerable<string> present) => present.Where(IsOfRank);

    /// <summary>Those of <paramref name="present"/> that name a scheduler's allocation: a mpiexec that is to start ranks on this node alone must
    /// not have them either, or it starts them on the allocation's nodes.</summary>
    public static IEnumerable<string> AllocationVariables(IEnumerable<string> present) =>
        present.Where(name => StartsWithAny(name, "SLURM_", "SLURMD_", "PBS_", "LSB_", "LSF_", "PE_HOSTFILE", "COBALT_"));

    private static bool IsOfRank(string name)
    {
        if (StartsWithAny(name, launcherParameters) || names.Contains(name))
            return true;
        return StartsWithAny(name, prefixes) && !StartsWithAny(name, keptPrefixes);
    }

    private static bool StartsWithAny(string name, params ReadOnlySpan<string> prefixes)
    {
        foreach (string prefix in prefixes)
        {
            if (name.StartsWith(prefix, StringComparison.Ordinal))
                return true;
        }
        return false;
    }
}
