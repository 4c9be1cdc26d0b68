using System.Threading.Channels;

namespace PathosHpc;

/// <summary>A run whose results are handed to a consumer while it runs. It reads no further ahead than the consumer follows.</summary>
internal abstract class StreamRun<TResult>(MapOptions options, StatisticsCollector statistics) : MapRun<TResult>(options, statistics)
{
    /// <summary>Items that may be read and not consumed by default.</summary>
    private const int DefaultInFlight = 1 << 18;

    /// <summary>Bytes of results that may wait for the consumer before reading pauses.</summary>
    private const long MaxWaitingBytes = 128 << 20;

    private readonly Channel<TypedBlock<TResult>> ready = Channel.CreateUnbounded<TypedBlock<TResult>>(new() { SingleReader = true });
    private readonly int maxInFlight = options.MaxInFlight ?? DefaultInFlight;
    private long consumed, waitingBytes;

    protected override long Room(long taken) =>
        Interlocked.Read(ref waitingBytes) > MaxWaitingBytes ? 0 : maxInFlight - (taken - Interlocked.Read(ref consumed));

    /// <summary>Computes the next items when the consumer asks for them; null when they come of themselves.</summary>
    public Action? Pull { get; set; }

    /// <summary>Reads the blocks that are ready, until the run has ended; its exception comes after the last of them.</summary>
    public async IAsyncEnumerable<TypedBlock<TResult>> ReadAsync()
    {
        try
        {
            do
            {
                while (ready.Reader.TryRead(out TypedBlock<TResult>? block))
                {
                    yield return block;
                    Consumed(block);
                }
                // An item that failed gives nothing to read.
                while (Pull is not null && !IsEnded && !ready.Reader.TryPeek(out _))
                    Pull();
            }
            while (await ready.Reader.WaitToReadAsync().ConfigureAwait(false));
        }
        finally
        {
            End(new OperationCanceledException("The enumeration of the results was left."));
            await Closed.ConfigureAwait(false);
        }
    }

    /// <summary>The consumer is done with a block.</summary>
    private void Consumed(TypedBlock<TResult> block)
    {
        Interlocked.Add(ref consumed, block.Count);
        Interlocked.Add(ref waitingBytes, -block.SourceBytes);
        Map?.Resume();
    }

    protected override void Store(Block results)
    {
        TypedBlock<TResult> block = BlockDecoder<TResult>.Decode(results);
        block.SourceBytes = results.Bytes;
        Interlocked.Add(ref waitingBytes, results.Bytes);
        Offer(block);
    }

    /// <summary>Results came, in whatever order.</summary>
    protected abstract void Offer(TypedBlock<TResult> block);

    protected void MakeReady(TypedBlock<TResult> block) => ready.Writer.TryWrite(block);

    protected void Skipped(int count) => Interlocked.Add(ref consumed, count);

    protected override void OnEnded(Exception? exception) => ready.Writer.TryComplete(exception);
}
