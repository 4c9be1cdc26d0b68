namespace PathosHpc.Tests;

/// <summary>What waits behind an item that takes long is computed elsewhere.</summary>
public sealed class LongItemTests
{
    [Fact]
    public async Task Chunks_behind_a_long_item_are_computed_by_other_workers()
    {
        const int Items = 400, Long = 200;
        using var folder = new TemporaryFolder("long-item");
        string othersAreDone = Path.Combine(folder.Path, "others-are-done");
        await using var pool = new ProcessPool(2);
        int came = 0;
        var results = pool.MapUnorderedAsync(i =>
        {
            for (long until = Environment.TickCount64 + 30_000; i == Long && !File.Exists(othersAreDone); Thread.Sleep(1))
            {
                if (Environment.TickCount64 > until)
                    throw new TimeoutException("The other items were not computed meanwhile.");
            }
            return i;
        }, Enumerable.Range(0, Items), new MapOptions { ChunkSize = 1 });
        await foreach ((long index, int result) in results)
        {
            Assert.Equal(index, result);
            if (++came == Items - 1)
                await File.WriteAllTextAsync(othersAreDone, "");
        }
        Assert.Equal(Items, came);
    }
}
