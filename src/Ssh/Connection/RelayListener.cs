using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Threading.Channels;

namespace PathosHpc;

/// <summary>A port or Unix socket of the host on which the relay takes connections, and hands them to us.</summary>
internal sealed class RelayListener(Relay relay, uint number) : IRelayEnd, IAsyncDisposable
{
    private static readonly TimeSpan LeaveTime = TimeSpan.FromSeconds(10);
    private readonly Channel<RelayChannel> callers = Channel.CreateUnbounded<RelayChannel>();
    private readonly TaskCompletionSource<int> started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public uint Number => number;

    /// <summary>Completed when it listens, with its port; 0 for a Unix socket.</summary>
    public Task<int> Started => started.Task;

    /// <summary>The connections that came.</summary>
    public ChannelReader<RelayChannel> Callers => callers.Reader;

    public void Take(char kind, ReceiveMemory memory, int start, int length)
    {
        ReadOnlySpan<byte> body = memory.Bytes.AsSpan(start, length);
        switch (kind)
        {
            case 'S':
                started.TrySetResult(body.Length == 0 ? 0 : int.Parse(Encoding.ASCII.GetString(body), CultureInfo.InvariantCulture));
                break;
            case 'A':
                RelayChannel caller = relay.Adopt(BinaryPrimitives.ReadUInt32BigEndian(body));
                if (!callers.Writer.TryWrite(caller))
                    _ = caller.DisposeAsync().AsTask();
                break;
            case 'F':
                Fail(new IOException(Encoding.UTF8.GetString(body)));
                relay.Forget(this);
                break;
            case 'Z':
                Fail(new ObjectDisposedException(nameof(RelayListener)));
                relay.Forget(this);
                break;
        }
    }

    public void Fail(Exception exception)
    {
        started.TrySetException(exception);
        callers.Writer.TryComplete();
        ended.TrySetResult();
    }

    /// <summary>Listens no more when it returns. Connections that nobody took end.</summary>
    public async ValueTask DisposeAsync()
    {
        callers.Writer.TryComplete();
        while (callers.Reader.TryRead(out RelayChannel? caller))
            await caller.DisposeAsync().ConfigureAwait(false);
        if (ended.Task.IsCompleted)
            return;
        // Not forgotten before its end is told: until then connections may come, and must be ended.
        await relay.SendAsync('K', Number, ReadOnlyMemory<byte>.Empty).ConfigureAwait(false);
        await ended.Task.WaitAsync(LeaveTime).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
