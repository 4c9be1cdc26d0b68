using System.Collections.Concurrent;

namespace PathosHpc.ClusterTests;

/// <summary>Lines that ranks print.</summary>
public sealed class MapOutputTests
{
    [MpiTheory]
    [InlineData("mpiexec.hydra")]
    [InlineData("mpiexec.openmpi")]
    public async Task Lines_that_items_print_go_where_their_map_says_and_name_their_rank(string mpiexec)
    {
        var (all, own) = (new ConcurrentQueue<RankOutputLine>(), new ConcurrentQueue<RankOutputLine>());
        await using var pool = new MpiPool(new MpiPoolOptions { Ranks = 3, Mpiexec = mpiexec, Output = RankOutput.To(all.Enqueue) });
        var options = new MapOptions { Strategy = MapStrategy.ScatterGather, Output = RankOutput.To(own.Enqueue) };
        int[] ranks = await pool.MapAsync(x => { Console.WriteLine($"item {x}"); return MapContext.Current!.Rank; }, [0, 1, 2], options);
        await pool.MapAsync(x => { Console.WriteLine($"other {x}"); return x; }, [0, 1, 2]);
        Assert.Equal([0, 1, 2], ranks);
        Assert.Equal([(0, "item 0"), (1, "item 1"), (2, "item 2")], own.Select(line => (line.Rank, line.Text)).Order());
        Assert.Equal(["other 0", "other 1", "other 2"], all.Select(line => line.Text).Where(text => text.StartsWith("other", StringComparison.Ordinal)).Order());
    }
}
