using System.Globalization;

namespace PathosHpc;

/// <summary>Lines of bash that leave a rank its own cores and GPUs, where its launcher gave it all that the job has on the node. They run before its program,
/// since a runtime counts its cores as it starts, and the libraries of GPUs read the environment that a process began with.</summary>
internal static class RankShare
{
    internal static IEnumerable<string> Render(ResourceRequest r)
    {
        // Variables of mpiexec come first: where it starts ranks by srun, all have the number of the one process that srun started.
        yield return "# Its own cores and GPUs, where it sees all that the job has on this node.";
        yield return "place=${OMPI_COMM_WORLD_LOCAL_RANK:-${MPI_LOCALRANKID:-${MV2_COMM_WORLD_LOCAL_RANK:-${PALS_LOCAL_RANKID:-${SLURM_LOCALID:-}}}}}";
        yield return $"ranks=${{OMPI_COMM_WORLD_LOCAL_SIZE:-${{MPI_LOCALNRANKS:-${{MV2_COMM_WORLD_LOCAL_SIZE:-${{PALS_LOCAL_SIZE:-{(r.HasNodes ? Text(r.RanksPerNode ?? 1) : "")}}}}}}}}}";
        yield return "if [ \"${place:--}\" -lt \"${ranks:-0}\" ] 2>/dev/null; then";
        foreach (string line in Cores(r.CoresPerRank).Concat(r.GpusPerNode is > 0 and var gpus ? Gpus(gpus) : []).Concat(r.MemoryPerNode is null && r.MemoryPerRank is null ? Memory : []))
            yield return "  " + line;
        yield return "fi";
    }

    /// <summary>What a rank may run on is divided only where it is exactly what the job was granted here: of more, nobody could tell whose it is. Whole cores
    /// first, neighbours of one socket together; single hardware threads where those were granted.</summary>
    private static string[] Cores(int cores) =>
    [
        "cores=()",
        "while read -r key value; do [ \"$key\" != Cpus_allowed_list: ] || break; done </proc/self/status",
        "for range in ${value//,/ }; do",
        "  for ((cpu = ${range%-*}; cpu <= ${range#*-}; cpu++)); do",
        "    first=$cpu package=0 topology=/sys/devices/system/cpu/cpu$cpu/topology",
        "    { read -r first <$topology/thread_siblings_list; read -r package <$topology/physical_package_id; } 2>/dev/null",
        "    i=$((${package#-} * 65536 + ${first%%[,-]*}))",
        "    cores[i]=${cores[i]:+${cores[i]},}$cpu",
        "  done",
        "done",
        $"granted=$((ranks * {Text(cores)}))",
        "cores=(\"${cores[@]}\")",
        "[ ${#cores[@]} -eq $granted ] || { all=${cores[*]}; cores=(${all//,/ }); }",
        "if [ ${#cores[@]} -eq $granted ] && [ $ranks -gt 1 ]; then",
        $"  printf -v own '%s,' \"${{cores[@]:place * {Text(cores)}:{Text(cores)}}}\"",
        "  taskset -pc \"${own%,}\" $$ >/dev/null 2>&1",
        "fi",
    ];

    /// <summary>A launcher that divided them left a rank fewer than the node has. Where they are fewer than ranks, neighbours share one.</summary>
    private static string[] Gpus(int gpus) =>
    [
        "for name in CUDA_VISIBLE_DEVICES ROCR_VISIBLE_DEVICES ZE_AFFINITY_MASK; do",
        "  value=${!name:-}",
        "  all=(${value//,/ })",
        $"  [ ${{#all[@]}} -eq {Text(gpus)} ] || continue",
        $"  begin=$((place * {Text(gpus)} / ranks)) end=$(((place + 1) * {Text(gpus)} / ranks))",
        "  printf -v own '%s,' \"${all[@]:begin:end > begin ? end - begin : 1}\"",
        "  export \"$name=${own%,}\"",
        "done",
    ];

    /// <summary>Where no memory was asked for, ranks share what the job was granted all the same: by the cgroups that it is in, else by the node. Each rank would take
    /// three quarters of that for its heap.</summary>
    private static readonly string[] Memory =
    [
        "if [ -z \"${DOTNET_GCHeapHardLimit:-}\" ]; then",
        "  while read -r key value _; do [ \"$key\" != MemTotal: ] || break; done </proc/meminfo",
        "  granted=$((value * 1024))",
        "  while IFS=: read -r _ kind path; do",
        "    case $kind in",
        "      memory) while read -r key value; do [ \"$key\" != hierarchical_memory_limit ] || [ \"${#value}\" -gt 18 ] || [ \"$value\" -ge $granted ] || granted=$value; done <\"/sys/fs/cgroup/memory$path/memory.stat\" ;;",
        "      '') for ((i = 0; i < 20 && ${#path} > 1; i++)); do",
        "        { read -r value <\"/sys/fs/cgroup$path/memory.max\"; } && [ \"${value:-max}\" != max ] && [ \"$value\" -lt $granted ] && granted=$value",
        "        path=${path%/*}",
        "      done ;;",
        "    esac",
        "  done </proc/self/cgroup 2>/dev/null",
        string.Create(CultureInfo.InvariantCulture, $"  printf -v DOTNET_GCHeapHardLimit 0x%x $((granted / ranks * {(int)(JobScript.HeapShare * 100)} / 100))"),
        "  export DOTNET_GCHeapHardLimit",
        "fi",
    ];

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
