using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace PathosHpc;

/// <summary>One command or stream that the relay carries.</summary>
internal sealed class RelayChannel : RemoteProcess, IRelayEnd
{
    /// <summary>Bytes that may be on their way here before some were read.</summary>
    public const int Window = 4 << 20;

    private const int SendWindow = 1 << 20, LongestBody = 1 << 16;
    private readonly Relay relay;
    // What may come is limited by the window.
    private readonly ArrivedBytes output = new(), error = new();
    private readonly TaskCompletionSource started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<int> exit = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock gate = new();
    private TaskCompletionSource? roomCame;
    private long room = SendWindow;
    private int toGrant;
    private bool inputEnded, over;

    public RelayChannel(Relay relay, uint number)
    {
        (this.relay, Number) = (relay, number);
        (Input, Output, Error) = (new InputStream(this), new OutputStream(this, output), new OutputStream(this, error));
        // Looked at by those who want it; who does not must not meet it as an unobserved failure.
        _ = exit.Task.ContinueWith(t => t.Exception, TaskContinuationOptions.OnlyOnFaulted);
        _ = started.Task.ContinueWith(t => t.Exception, TaskContinuationOptions.OnlyOnFaulted);
    }

    public uint Number { get; }

    /// <summary>Completed when it runs or is connected.</summary>
    public Task Started => started.Task;

    public override Stream Input { get; }

    public override Stream Output { get; }

    public override Stream Error { get; }

    public override Task<int> Exit => exit.Task;

    public void Take(char kind, ReceiveMemory memory, int start, int length)
    {
        ReadOnlySpan<byte> body = memory.Bytes.AsSpan(start, length);
        switch (kind)
        {
            case 'S':
                started.TrySetResult();
                break;
            case 'F':
                Fail(new IOException(Encoding.UTF8.GetString(body)));
                relay.Forget(this);
                break;
            case 'O':
                output.Put(memory, start, length);
                break;
            case 'E':
                output.Complete();
                break;
            case 'R':
                error.Put(memory, start, length);
                break;
            case 'W':
                AddRoom(BinaryPrimitives.ReadUInt32BigEndian(body));
                break;
            case 'Z':
                End(int.Parse(Encoding.ASCII.GetString(body), CultureInfo.InvariantCulture));
                relay.Forget(this);
                break;
        }
    }

    public void Fail(Exception exception)
    {
        started.TrySetException(exception);
        exit.TrySetException(exception);
        output.Complete(exception);
        error.Complete(exception);
        lock (gate)
            over = true;
        AddRoom(0);
    }

    public override Task EndAsync() => over ? Task.CompletedTask : relay.SendAsync('K', Number, ReadOnlyMemory<byte>.Empty);

    public override async ValueTask DisposeAsync()
    {
        if (!over)
        {
            await relay.SendAsync('K', Number, ReadOnlyMemory<byte>.Empty).ConfigureAwait(false);
            // What it still says is of no interest, but it must be let say it to end.
            await GrantAsync(1 << 30).ConfigureAwait(false);
            lock (gate)
                over = true;
            relay.Forget(this);
            exit.TrySetException(new ObjectDisposedException(nameof(SshProcess)));
            output.Complete();
            error.Complete();
            AddRoom(0);
        }
    }

    public Task GrantAsync(int bytes)
    {
        var body = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(body, bytes);
        return relay.SendAsync('W', Number, body);
    }

    private void End(int code)
    {
        lock (gate)
            over = true;
        output.Complete();
        error.Complete();
        started.TrySetResult();
        exit.TrySetResult(code);
        AddRoom(0);
    }

    /// <summary>So many bytes were read: as many more may come.</summary>
    private int Granting(int count)
    {
        // Not waited for: it follows whatever is just being sent.
        if (count > 0 && Interlocked.Add(ref toGrant, count) >= Window / 4 && Interlocked.Exchange(ref toGrant, 0) is > 0 and var grant && !over)
            _ = GrantAsync(grant);
        return count;
    }

    private void AddRoom(long bytes)
    {
        lock (gate)
        {
            room += bytes;
            roomCame?.TrySetResult();
            roomCame = null;
        }
    }

    private async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (bytes.Length > 0)
        {
            int count = TakeRoom(bytes.Length, out Task? roomComes);
            if (roomComes is not null)
                await roomComes.WaitAsync(cancellationToken).ConfigureAwait(false);
            else
                await relay.SendAsync('D', Number, bytes[..count]).ConfigureAwait(false);
            bytes = bytes[count..];
        }
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            int count = TakeRoom(bytes.Length, out Task? roomComes);
            if (roomComes is not null)
                roomComes.Wait();
            else
                relay.Send('D', Number, bytes[..count]);
            bytes = bytes[count..];
        }
    }

    /// <summary>How much of so many bytes may go now; 0, and when to ask again, if nothing may.</summary>
    private int TakeRoom(int wanted, out Task? roomComes)
    {
        lock (gate)
        {
            if (over)
                throw exit.Task.IsFaulted && exit.Task.Exception!.InnerException is HostFailedException lost ? lost : new IOException("What read this has ended.");
            int count = (int)Math.Min(Math.Min(wanted, LongestBody), room);
            room -= count;
            roomComes = count > 0 ? null : (roomCame ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            return count;
        }
    }

    private void EndInput()
    {
        lock (gate)
        {
            if (inputEnded || over)
                return;
            inputEnded = true;
        }
        _ = relay.SendAsync('E', Number, ReadOnlyMemory<byte>.Empty);
    }

    private sealed class InputStream(RelayChannel channel) : AsyncStream
    {
        public override bool CanWrite => true;

        public override void Write(byte[] buffer, int offset, int count) => channel.Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer) => channel.Write(buffer);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => channel.WriteAsync(buffer, cancellationToken);

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                channel.EndInput();
            base.Dispose(disposing);
        }
    }

    private sealed class OutputStream(RelayChannel channel, ArrivedBytes arrived) : AsyncStream
    {
        public override bool CanRead => true;

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer) => channel.Granting(arrived.Read(buffer));

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            channel.Granting(await arrived.ReadAsync(buffer, cancellationToken).ConfigureAwait(false));
    }
}
