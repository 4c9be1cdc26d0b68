using System.Diagnostics;

namespace PathosHpc.Tests;

/// <summary>Items that end their worker's process, among others that run beside them on the same worker.</summary>
public sealed class KillerItemTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    [Theory, InlineData(1), InlineData(4)]
    public async Task An_item_that_kills_its_worker_fails_alone(int concurrency)
    {
        await using var pool = new ProcessPool(2);
        var options = new MapOptions { OnItemFailure = OnItemFailure.Continue, ConcurrencyPerRank = concurrency, ChunkSize = 8 };
        var error = await Assert.ThrowsAsync<MapFailedException>(() => pool.MapAsync(x =>
        {
            if (x == 13)
                Process.GetCurrentProcess().Kill();
            Thread.Sleep(5);
            return x + 1;
        }, Enumerable.Range(0, 40), options)).WaitAsync(Patience);
        ItemFailedException failure = Assert.Single(error.Failures);
        Assert.Equal(13, failure.Index);
        Assert.Contains("the rank died each of the 2 times", failure.Message, StringComparison.Ordinal);
        Assert.Equal(Enumerable.Range(0, 40).Select(x => x == 13 ? 0 : x + 1), error.Results<int>());
    }
}
