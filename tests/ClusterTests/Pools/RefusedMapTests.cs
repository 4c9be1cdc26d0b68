namespace PathosHpc.ClusterTests;

/// <summary>Ranks are prepared while a function is written; when it is refused, none is started, and nothing is left of what was prepared.</summary>
public sealed class RefusedMapTests
{
    [Fact]
    public async Task A_refused_function_starts_no_rank_and_leaves_nothing()
    {
        string folder = Directory.CreateTempSubdirectory("refused-").FullName;
        try
        {
            await using (var pool = new MpiPool(new MpiPoolOptions { Ranks = 2, Mpiexec = "mpiexec.hydra", WorkFolder = folder }))
            {
                Thread own = Thread.CurrentThread;
                await Assert.ThrowsAsync<CannotShipException>(() => pool.MapAsync(x => x + own.ManagedThreadId, [1]));
                for (int i = 0; i < 500 && Directory.GetDirectories(folder).Length == 0; i++)
                    await Task.Delay(20);
                Assert.False(File.Exists(Path.Combine(Assert.Single(Directory.GetDirectories(folder)), "running")));
            }
            Assert.Empty(Directory.GetFileSystemEntries(folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_pool_whose_first_function_was_refused_computes_the_next()
    {
        await using var pool = new MpiPool(new MpiPoolOptions { Ranks = 2, Mpiexec = "mpiexec.hydra" });
        Thread own = Thread.CurrentThread;
        await Assert.ThrowsAsync<CannotShipException>(() => pool.MapAsync(x => x + own.ManagedThreadId, [1]));
        int[] results = await pool.MapAsync(x => x + 1, [1]);
        Assert.Equal([2], results);
    }
}
