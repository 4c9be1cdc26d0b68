using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Text;

namespace PathosHpc;

/// <summary>The near end of the relay (<c>relay.pl</c>): carries commands and streams over one session's input and output.</summary>
internal sealed class Relay : IDisposable
{
    /// <summary>Shorter than the minute after which the relay takes a silent client for gone.</summary>
    private static readonly TimeSpan BeatTime = TimeSpan.FromSeconds(15);

    private const int HeaderSize = 9, LongestFrame = 1 << 20, ReadAtOnce = 1 << 18, LeastRoom = 1 << 14;
    private readonly Stream toRelay, fromRelay;
    private readonly SemaphoreSlim sending = new(1, 1);
    private readonly Dictionary<uint, IRelayEnd> channels = [];
    private readonly Timer beat;
    private HostFailedException? lost;
    private uint lastChannel;

    public Relay(Stream toRelay, Stream fromRelay)
    {
        (this.toRelay, this.fromRelay) = (toRelay, fromRelay);
        beat = new Timer(_ => _ = BeatAsync(), null, BeatTime, BeatTime);
    }

    /// <summary>The program that runs over there.</summary>
    public static string Program { get; } = ReadProgram();

    /// <summary>Starts a command; it runs, or has failed with code 127, when it is used.</summary>
    public Task<RelayChannel> StartAsync(HostCommand command, CancellationToken cancellationToken) =>
        OpenAsync('X', Encoding.UTF8.GetBytes(string.Join('\0', RemoteScript.Relayed(command))), cancellationToken);

    /// <summary>Opens a stream to a port that the host can reach; up when it returns.</summary>
    public Task<RelayChannel> DialAsync(string machine, int port, CancellationToken cancellationToken) =>
        OpenAsync('T', Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{machine}\0{port}")), cancellationToken);

    /// <summary>Opens a stream to a Unix socket of the host; up when it returns.</summary>
    public Task<RelayChannel> DialAsync(string path, CancellationToken cancellationToken) => OpenAsync('U', Encoding.UTF8.GetBytes(path), cancellationToken);

    /// <summary>Has it listen; it does when this returns.</summary>
    /// <param name="path">Of a Unix socket; null for a port.</param>
    /// <param name="address">Address to listen on.</param>
    /// <param name="port">The port; 0 for one that is free there.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="IOException">It cannot; the message is the system's.</exception>
    public async Task<RelayListener> ListenAsync(string? path, IPAddress address, int port, CancellationToken cancellationToken)
    {
        RelayListener listener = Add(number => new RelayListener(this, number));
        try
        {
            string what = path ?? string.Create(CultureInfo.InvariantCulture, $"{address}\0{port}");
            await SendAsync(path is null ? 'L' : 'M', listener.Number, Encoding.UTF8.GetBytes(what)).ConfigureAwait(false);
            await listener.Started.WaitAsync(cancellationToken).ConfigureAwait(false);
            return listener;
        }
        catch
        {
            await listener.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The channel of a connection that came over there; its frames may follow at once.</summary>
    public RelayChannel Adopt(uint number)
    {
        var channel = new RelayChannel(this, number);
        lock (channels)
            channels.Add(number, channel);
        return channel;
    }

    /// <summary>Takes what comes until the connection is gone, on a thread of its own.</summary>
    public Task ReceiveAsync() => Task.Factory.StartNew(Receive, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Nothing comes any more: whoever waits is told.</summary>
    public void Fail(HostFailedException exception)
    {
        IRelayEnd[] open;
        lock (channels)
        {
            lost = exception;
            open = [.. channels.Values];
            channels.Clear();
        }
        foreach (IRelayEnd channel in open)
            channel.Fail(exception);
    }

    public async Task SendAsync(char kind, uint channel, ReadOnlyMemory<byte> body)
    {
        byte[] frame = Frame(kind, channel, body.Span);
        await sending.WaitAsync().ConfigureAwait(false);
        try
        {
            // Not to be canceled: half a frame would be the end of all channels.
            await toRelay.WriteAsync(frame.AsMemory(0, HeaderSize + body.Length)).ConfigureAwait(false);
            await toRelay.FlushAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The reading side meets the same break, and knows more of it.
        }
        finally
        {
            sending.Release();
            ArrayPool<byte>.Shared.Return(frame);
        }
    }

    /// <summary>The same on the calling thread, which waits until ssh has taken it.</summary>
    public void Send(char kind, uint channel, ReadOnlySpan<byte> body)
    {
        byte[] frame = Frame(kind, channel, body);
        sending.Wait();
        try
        {
            toRelay.Write(frame, 0, HeaderSize + body.Length);
            toRelay.Flush();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // As above.
        }
        finally
        {
            sending.Release();
            ArrayPool<byte>.Shared.Return(frame);
        }
    }

    public void Forget(IRelayEnd channel)
    {
        lock (channels)
            channels.Remove(channel.Number);
    }

    public void Dispose() => beat.Dispose();

    private void Receive()
    {
        var memory = new ReceiveMemory(ReadAtOnce);
        for (int start = 0, end = 0; ;)
        {
            int needed = HeaderSize;
            while (end - start >= HeaderSize)
            {
                int length = BinaryPrimitives.ReadInt32BigEndian(memory.Bytes.AsSpan(start + 5));
                if (length is < 0 or > LongestFrame)
                    throw new InvalidDataException($"The relay sent a frame of {length} bytes.");
                needed = HeaderSize + length;
                if (end - start < needed)
                    break;
                IRelayEnd? channel;
                lock (channels)
                    channel = channels.GetValueOrDefault(BinaryPrimitives.ReadUInt32BigEndian(memory.Bytes.AsSpan(start + 1)));
                channel?.Take((char)memory.Bytes[start], memory, start + HeaderSize, length);
                start += needed;
                needed = HeaderSize;
            }
            if (memory.IsFree && start == end)
            {
                start = end = 0;
            }
            else if (memory.Bytes.Length - end < LeastRoom || memory.Bytes.Length - start < needed)
            {
                var next = new ReceiveMemory(Math.Max(ReadAtOnce, needed + LeastRoom));
                memory.Bytes.AsSpan(start, end - start).CopyTo(next.Bytes);
                memory.Release();
                (memory, start, end) = (next, 0, end - start);
            }
            int count = fromRelay.Read(memory.Bytes, end, memory.Bytes.Length - end);
            if (count == 0)
                return;
            end += count;
        }
    }

    private async Task<RelayChannel> OpenAsync(char kind, byte[] what, CancellationToken cancellationToken)
    {
        RelayChannel channel = Add(number => new RelayChannel(this, number));
        try
        {
            await SendAsync(kind, channel.Number, what).ConfigureAwait(false);
            await channel.GrantAsync(RelayChannel.Window).ConfigureAwait(false);
            await channel.Started.WaitAsync(cancellationToken).ConfigureAwait(false);
            return channel;
        }
        catch
        {
            await channel.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private T Add<T>(Func<uint, T> make)
        where T : IRelayEnd
    {
        lock (channels)
        {
            if (lost is not null)
                throw lost;
            T end = make(++lastChannel);
            channels.Add(end.Number, end);
            return end;
        }
    }

    private static byte[] Frame(char kind, uint channel, ReadOnlySpan<byte> body)
    {
        byte[] frame = ArrayPool<byte>.Shared.Rent(HeaderSize + body.Length);
        frame[0] = (byte)kind;
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(1), channel);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), body.Length);
        body.CopyTo(frame.AsSpan(HeaderSize));
        return frame;
    }

    private Task BeatAsync() => SendAsync('P', 0, ReadOnlyMemory<byte>.Empty);

    private static string ReadProgram()
    {
        using Stream stream = typeof(Relay).Assembly.GetManifestResourceStream("relay.pl")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
