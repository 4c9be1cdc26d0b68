using System.Globalization;
using System.Text.RegularExpressions;

namespace PathosHpc;

/// <summary>The line of a job's script that starts the ranks. It names the files and scripts of the job folder by their variables.</summary>
internal static partial class JobLaunchLine
{
    internal static string Render(SiteProfile site, ResourceRequest resources, IReadOnlyList<string> program)
    {
        var launch = site.Launcher switch
        {
            "srun" => Srun(site, resources),
            "hydra" => Hydra(site, resources),
            "openmpi" => OpenMpi(site, resources),
            _ => Template(site.Launcher, resources),
        };
        return $"{launch} \"$PATHOS_RANK\" {ShellText.Join(program)}";
    }

    /// <summary>What is wrong with a template; null when nothing is.</summary>
    internal static string? TemplateError(string template)
    {
        if (!template.Contains("{ranks}", StringComparison.Ordinal)) return "it does not say how many ranks there are: put {ranks} where their number belongs.";
        return Placeholder().Replace(template, "").AsSpan().ContainsAny('{', '}') ? "it has braces that stand for nothing: only {ranks}, {perNode} and {cores} do." : null;
    }

    /// <summary>How ranks start is always said: with the site's default, a mistaken one makes every rank a world of its own.</summary>
    private static string Srun(SiteProfile site, ResourceRequest r) =>
        $"srun --ntasks={Text(r.TotalRanks)}{(r.HasNodes ? $" --ntasks-per-node={Text(r.RanksPerNode ?? 1)}" : "")} --cpus-per-task={Text(r.CoresPerRank)} --mpi={(site.Mpi == "openmpi" ? "pmix" : "pmi2")} --kill-on-bad-exit=1";

    /// <summary>Without -ppn Hydra deals ranks round robin over a file that names each node once.</summary>
    private static string Hydra(SiteProfile site, ResourceRequest r)
    {
        var program = ShellText.Quote(site.Mpiexec ?? "mpiexec.hydra");
        if (site.Scheduler is SlurmScheduler) return $"{program} -bootstrap slurm{(r.HasNodes ? $" -ppn {Text(r.RanksPerNode ?? 1)}" : "")} -n {Text(r.TotalRanks)}";
        var hosts = r.HasNodes ? $"-f \"$PATHOS_HOSTS\" -ppn {Text(r.RanksPerNode ?? 1)}" : "-f \"$PBS_NODEFILE\"";
        var start = site.SshBetweenNodes ? "-launcher ssh" : "-launcher rsh -launcher-exec \"$PATHOS_REMOTE\"";
        return $"{program} {start} {hosts} -n {Text(r.TotalRanks)}";
    }

    private static string OpenMpi(SiteProfile site, ResourceRequest r)
    {
        var program = ShellText.Quote(site.Mpiexec ?? "mpiexec.openmpi");
        var map = r.HasNodes ? $" --map-by ppr:{Text(r.RanksPerNode ?? 1)}:node" : "";
        var hosts = site.Scheduler is SlurmScheduler ? "" : " --hostfile \"$PATHOS_SLOTS\"" + (site.SshBetweenNodes ? "" : " --mca plm rsh --mca plm_rsh_agent \"$PATHOS_REMOTE\"");
        return $"{program}{hosts}{map} --bind-to none -n {Text(r.TotalRanks)}";
    }

    private static string Template(string template, ResourceRequest r) => Placeholder().Replace(template, placeholder => Text(placeholder.Value switch
    {
        "{ranks}" => r.TotalRanks,
        "{cores}" => r.CoresPerRank,
        _ => r.HasNodes ? r.RanksPerNode ?? 1 : throw new InvalidJobException([$"The launcher '{template}' needs the ranks per node, but {r.TotalRanks} ranks alone were asked for: give Nodes and RanksPerNode."]),
    }));

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\{(ranks|perNode|cores)\}")]
    private static partial Regex Placeholder();
}
