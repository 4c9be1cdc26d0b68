using System.Buffers.Binary;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;

namespace PathosHpc;

/// <summary>One command or stream that the relay carries.</summary>
internal sealed class RelayChannel : RemoteProcess
{
    /// <summary>Bytes that may be on their way here before some were read.</summary>
    public const int Window = 4 << 20;

    private const int SendWindow = 1 << 20, LongestBody = 1 << 16;
    private readonly Relay relay;
    // What may come is limited by the window, so that the pipes never have to be waited for.
    private readonly Pipe output = new(new PipeOptions(pauseWriterThreshold: 0)), error = new(new PipeOptions(pauseWriterThreshold: 0));
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
        (Input, Output, Error) = (new InputStream(this), new OutputStream(this, output.Reader), new OutputStream(this, error.Reader));
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

    /// <summary>A frame came for it.</summary>
    public async ValueTask TakeAsync(char kind, ReadOnlyMemory<byte> body)
    {
        switch (kind)
        {
            case 'S':
                started.TrySetResult();
                break;
            case 'F':
                Fail(new IOException(Encoding.UTF8.GetString(body.Span)));
                relay.Forget(this);
                break;
            case 'O':
                await output.Writer.WriteAsync(body).ConfigureAwait(false);
                break;
            case 'R':
                await error.Writer.WriteAsync(body).ConfigureAwait(false);
                break;
            case 'W':
                AddRoom(BinaryPrimitives.ReadUInt32BigEndian(body.Span));
                break;
            case 'Z':
                End(int.Parse(Encoding.ASCII.GetString(body.Span), CultureInfo.InvariantCulture));
                relay.Forget(this);
                break;
        }
    }

    public void Fail(Exception exception)
    {
        started.TrySetException(exception);
        exit.TrySetException(exception);
        output.Writer.Complete(exception);
        error.Writer.Complete(exception);
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
            output.Writer.Complete();
            error.Writer.Complete();
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
        output.Writer.Complete();
        error.Writer.Complete();
        started.TrySetResult();
        exit.TrySetResult(code);
        AddRoom(0);
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
            int count = 0;
            Task? wait = null;
            lock (gate)
            {
                if (over)
                    throw exit.Task.IsFaulted && exit.Task.Exception!.InnerException is HostFailedException lost ? lost : new IOException("What read this has ended.");
                if (room > 0)
                    room -= count = (int)Math.Min(Math.Min(bytes.Length, LongestBody), room);
                else
                    wait = (roomCame ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }
            if (wait is not null)
            {
                await wait.WaitAsync(cancellationToken).ConfigureAwait(false);
                continue;
            }
            await relay.SendAsync('D', Number, bytes[..count]).ConfigureAwait(false);
            bytes = bytes[count..];
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

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => channel.WriteAsync(buffer, cancellationToken);

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                channel.EndInput();
            base.Dispose(disposing);
        }
    }

    private sealed class OutputStream(RelayChannel channel, PipeReader reader) : AsyncStream
    {
        public override bool CanRead => true;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            ReadResult result = await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            var taken = result.Buffer.Slice(0, Math.Min(buffer.Length, result.Buffer.Length));
            int count = (int)taken.Length;
            System.Buffers.BuffersExtensions.CopyTo(taken, buffer.Span);
            reader.AdvanceTo(taken.End);
            if (count > 0 && Interlocked.Add(ref channel.toGrant, count) >= Window / 4 && Interlocked.Exchange(ref channel.toGrant, 0) is > 0 and var grant && !channel.over)
                await channel.GrantAsync(grant).ConfigureAwait(false);
            return count;
        }
    }
}
