namespace PathosHpc.Tests;

/// <summary>The variables that make a nested mpiexec fail, as Hydra, Open MPI and srun set them for a rank.</summary>
public class MpiLaunchEnvironmentTests
{
    [Fact]
    public void What_launchers_set_is_removed()
    {
        string[] ofRanks =
        [
            "GFORTRAN_UNBUFFERED_PRECONNECTED", "HYDI_CONTROL_FD", "MPIR_CVAR_CH3_INTERFACE_HOSTNAME", "MPI_LOCALNRANKS", "MPI_LOCALRANKID", "PMI_FD", "PMI_RANK", "PMI_SIZE",
            "HFI_NO_BACKTRACE", "IPATH_NO_BACKTRACE", "OMPI_APP_CTX_NUM_PROCS", "OMPI_COMMAND", "OMPI_COMM_WORLD_LOCAL_RANK", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE",
            "OMPI_FILE_LOCATION", "OMPI_FIRST_RANKS", "OMPI_MCA_ess", "OMPI_MCA_ess_base_jobid", "OMPI_MCA_initial_wdir", "OMPI_MCA_mpi_oversubscribe", "OMPI_MCA_orte_hnp_uri",
            "OMPI_MCA_orte_launch", "OMPI_MCA_pmix", "OMPI_MCA_shmem_RUNTIME_QUERY_hint", "OMPI_NUM_APP_CTX", "OMPI_UNIVERSE_SIZE", "PMIX_NAMESPACE", "PMIX_RANK", "PMIX_SERVER_URI4",
            "PRTE_LAUNCHED", "SLURM_PROCID", "SLURM_LOCALID", "SLURM_STEP_ID", "SLURM_STEPID", "SLURM_STEP_NUM_TASKS", "SLURM_SRUN_COMM_HOST", "SLURM_GTIDS", "SLURM_TASK_PID",
        ];
        Assert.Equal(ofRanks, LaunchEnvironment.VariablesToRemove(ofRanks));
    }

    [Fact]
    public void What_users_and_sites_set_stays()
    {
        string[] ofUsers =
        [
            "PATH", "HOME", "LS_COLORS", "TERM", "DOTNET_ROOT", "PATHOS_MPI_LIB", "MPIR_CVAR_ASYNC_PROGRESS", "UCX_TLS", "OMPI_ALLOW_RUN_AS_ROOT", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM",
            "OMPI_MCA_btl", "OMPI_MCA_btl_vader_single_copy_mechanism", "OMPI_MCA_btl_tcp_if_include", "PRTE_ALLOW_RUN_AS_ROOT", "SLURM_JOB_ID", "SLURM_JOB_NODELIST", "PBS_NODEFILE",
        ];
        Assert.Empty(LaunchEnvironment.VariablesToRemove(ofUsers));
        Assert.Equal(["SLURM_JOB_ID", "SLURM_JOB_NODELIST", "PBS_NODEFILE"], LaunchEnvironment.AllocationVariables(ofUsers));
    }
}
