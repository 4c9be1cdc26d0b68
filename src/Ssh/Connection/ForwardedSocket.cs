using System.Net.Sockets;

namespace PathosHpc;

/// <summary>A stream that ssh forwards from a socket of this machine.</summary>
internal sealed class ForwardedSocket : RemoteProcess
{
    private readonly TaskCompletionSource<int> exit = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Socket socket;
    private readonly Action came;
    private readonly Func<bool, Task<HostFailedException?>> why;
    private int open = 2;

    /// <param name="socket">Connected to the one that it forwards.</param>
    /// <param name="came">Told when something comes.</param>
    /// <param name="why">Why it ended, if that is a failure; asked with whether nothing has come.</param>
    public ForwardedSocket(Socket socket, Action came, Func<bool, Task<HostFailedException?>> why)
    {
        (this.socket, this.came, this.why) = (socket, came, why);
        // Both now: a socket whose writing has ended counts as not connected, of which no stream can be made.
        (Input, Output) = (new InputStream(this), new OutputStream(this));
    }

    public override Stream Input { get; }

    public override Stream Output { get; }

    public override Stream Error => Stream.Null;

    public override Task<int> Exit => exit.Task;

    public override Task EndAsync() => DisposeAsync().AsTask();

    public override ValueTask DisposeAsync()
    {
        socket.Dispose();
        exit.TrySetResult(0);
        return ValueTask.CompletedTask;
    }

    private void EndOne()
    {
        if (Interlocked.Decrement(ref open) == 0)
            exit.TrySetResult(0);
    }

    private sealed class InputStream(ForwardedSocket owner) : NetworkStream(owner.Socket, ownsSocket: false)
    {
        private int ended;

        protected override void Dispose(bool disposing)
        {
            if (disposing && Interlocked.Exchange(ref ended, 1) == 0)
            {
                try
                {
                    Socket.Shutdown(SocketShutdown.Send);
                }
                catch (Exception e) when (e is SocketException or ObjectDisposedException)
                {
                    // It has ended.
                }
                owner.EndOne();
            }
            base.Dispose(disposing);
        }
    }

    private sealed class OutputStream(ForwardedSocket owner) : AsyncStream
    {
        private readonly NetworkStream stream = new(owner.Socket, ownsSocket: false);
        private bool isEmpty = true, hasEnded;

        public override bool CanRead => true;

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            int count = 0;
            Exception? broken = null;
            try
            {
                count = stream.Read(buffer);
            }
            catch (IOException e)
            {
                broken = e;
            }
            return count > 0 || buffer.Length == 0 ? Came(count) : EndAsync(broken).GetAwaiter().GetResult();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int count = 0;
            Exception? broken = null;
            try
            {
                count = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            }
            catch (IOException e)
            {
                broken = e;
            }
            return count > 0 || buffer.Length == 0 ? Came(count) : await EndAsync(broken).ConfigureAwait(false);
        }

        private int Came(int count)
        {
            if (isEmpty && count > 0)
            {
                isEmpty = false;
                owner.Came();
            }
            return count;
        }

        private async Task<int> EndAsync(Exception? broken)
        {
            if (hasEnded)
                return 0;
            if (await owner.WhyAsync(isEmpty).ConfigureAwait(false) is { } failure)
                throw failure;
            if (broken is not null)
                throw broken;
            hasEnded = true;
            owner.EndOne();
            return 0;
        }
    }

    private Socket Socket => socket;

    private void Came() => came();

    private Task<HostFailedException?> WhyAsync(bool isEmpty) => why(isEmpty);
}
