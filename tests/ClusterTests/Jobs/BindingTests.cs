using System.Runtime.Versioning;
using PathosHpc.Tests;

namespace PathosHpc.ClusterTests;

/// <summary>What a rank finds of its node's cores and GPUs, by every launcher, on a Slurm that binds.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class BindingTests(BindingSlurm slurm) : IClassFixture<BindingSlurm>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    /// <summary>As many as there can be two ranks of.</summary>
    private static readonly int Cores = Environment.ProcessorCount / 2;

    [Theory]
    [InlineData("mpiexec.hydra")]
    [InlineData("mpiexec.openmpi")]
    [InlineData("srun pmi2")]
    [InlineData("srun pmix")]
    public async Task Each_rank_has_exactly_its_cores_and_its_GPUs(string launcher)
    {
        await using var pool = new MpiPool(new MpiPoolOptions
        {
            // The division is what is tested; for the scheduler there are none.
            Scheduler = new SlurmScheduler { Pace = PrivateSlurm.Quick, OmittedDirectives = ["--gpus-per-node"] },
            Resources = new() { Nodes = 1, RanksPerNode = 2, CoresPerRank = Cores, GpusPerNode = 4, Walltime = TimeSpan.FromMinutes(5) },
            Host = slurm.Host,
            WorkFolder = slurm.WorkFolder,
            Mpiexec = launcher.StartsWith("srun", StringComparison.Ordinal) ? null : launcher,
            Launcher = launcher switch { "srun pmi2" => new SrunLauncher(MpiFlavor.Mpich), "srun pmix" => new SrunLauncher(MpiFlavor.OpenMpi), _ => null },
            MpiLibrary = launcher switch { "srun pmi2" => "libmpich.so.12", "srun pmix" => "libmpi.so.40", _ => null },
            Environment = new Dictionary<string, string> { ["CUDA_VISIBLE_DEVICES"] = "4,5,6,7" },
        });
        var options = new MapOptions { Strategy = MapStrategy.ScatterGather };
        string[] found = await pool.MapAsync(_ =>
        {
            Thread.Sleep(50);
            return $"{MapContext.Current!.Rank}: {File.ReadLines("/proc/self/status").First(line => line.StartsWith("Cpus_allowed_list", StringComparison.Ordinal)).Split('\t')[1]}; " +
                $"{Environment.ProcessorCount}; {string.Join(',', MapContext.Current.Gpus)}";
        }, Enumerable.Range(0, 20), options).WaitAsync(Patience);
        string[][] ranks = [.. found.Distinct().Order().Select(line => line.Split([": ", "; "], StringSplitOptions.None))];
        Assert.True(ranks.Select(r => r[0]).SequenceEqual(["0", "1"]), string.Join('\n', found.Distinct()));
        Assert.Equal(["4,5", "6,7"], ranks.Select(r => r[3]).Order());
        Assert.All(ranks, r => Assert.Equal($"{Cores}", r[2]));
        int[][] cores = [.. ranks.Select(r => Expand(r[1]))];
        Assert.All(cores, its => Assert.Equal(Cores, its.Length));
        Assert.Empty(cores[0].Intersect(cores[1]));
    }

    private static int[] Expand(string list) => [.. list.Split(',').Select(part => part.Split('-')).SelectMany(ends => Enumerable.Range(int.Parse(ends[0], null), int.Parse(ends[^1], null) - int.Parse(ends[0], null) + 1))];
}
