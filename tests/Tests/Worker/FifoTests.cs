namespace PathosHpc.Tests;

public sealed class FifoTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void It_does_what_a_queue_does(int seed)
    {
        var random = new Random(seed);
        var fifo = new Fifo<(int, string)>();
        var queue = new Queue<(int, string)>();
        for (int step = 0; step < 10_000; step++)
        {
            if (random.Next(100) < (step / 500 % 2 == 0 ? 60 : 40))
            {
                fifo.Enqueue((step, "entry"));
                queue.Enqueue((step, "entry"));
            }
            else
            {
                Assert.Equal(queue.TryPeek(out (int, string) wanted), fifo.TryPeek(out (int, string) seen));
                Assert.Equal(wanted, seen);
                Assert.Equal(queue.TryDequeue(out wanted), fifo.TryDequeue(out seen));
                Assert.Equal(wanted, seen);
            }
            Assert.Equal(queue.Count, fifo.Count);
        }
        fifo.Clear();
        Assert.Equal(0, fifo.Count);
        Assert.False(fifo.TryDequeue(out _));
    }
}
