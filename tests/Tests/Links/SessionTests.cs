using System.Net;
using System.Net.Sockets;

namespace PathosHpc.Tests;

/// <summary>Sessions: what is sent arrives once and in order, whatever becomes of the streams.</summary>
public sealed class SessionTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_session_that_is_cut_a_hundred_times_at_random_loses_nothing_and_repeats_nothing()
    {
        const int Cuts = 100;
        var random = new Random(7);
        using var worker = new Session(Guid.NewGuid());
        using var client = new Session(worker.Id);
        using var stop = new CancellationTokenSource(Patience);
        int resumed = 0;
        Task<int> upwards = ReceiveAsync(client, stop.Token), downwards = ReceiveAsync(worker, stop.Token);
        Task cutting = Task.Run(async () =>
        {
            for (; resumed <= Cuts; resumed++)
            {
                (Socket one, Socket other) = Wire.Pair();
                // Some are cut while they are still being opened.
                await JoinAsync(worker, client, new NetworkStream(one, true), new CuttingStream(new NetworkStream(other, true), resumed == Cuts ? long.MaxValue : 1 + random.Next(30_000)), stop.Token);
                while (resumed < Cuts && client.Way is not null && worker.Way is not null)
                    await Task.Delay(1, stop.Token);
            }
        });
        int sentUp = 0, sentDown = 0;
        for (var lengths = new Random(8); !cutting.IsCompleted; await Task.Delay(sentUp % 50 == 0 ? 1 : 0, stop.Token))
        {
            Send(worker, sentUp++, lengths.Next(sentUp % 40 == 0 ? 40_000 : 300));
            Send(client, sentDown++, lengths.Next(100));
        }
        await cutting;
        worker.Send(new Frame(FrameKind.Bye));
        client.Send(new Frame(FrameKind.Bye));
        Assert.Equal((sentUp, sentDown), (await upwards.WaitAsync(Patience), await downwards.WaitAsync(Patience)));
        while (!worker.Flush() || !client.Flush())
        {
            stop.Token.ThrowIfCancellationRequested();
            foreach (Session session in (Session[])[worker, client])
            {
                session.TryReceive(out _);
                session.WaitToReceive(1);
            }
        }
    }

    [Fact]
    public async Task Frames_go_through_a_folder_too_and_nothing_stays_in_it()
    {
        using var folder = new TemporaryFolder("session");
        using var worker = new Session(Guid.NewGuid());
        using var client = new Session(worker.Id);
        using var stop = new CancellationTokenSource(Patience);
        Task<int> upwards = ReceiveAsync(client, stop.Token);
        const int Frames = 3000;
        for (int i = 0; i < Frames; i++)
            Send(worker, i, i == 7 ? FolderStream.LongestPiece + 1000 : 10);
        worker.Send(new Frame(FrameKind.Bye));
        await JoinAsync(worker, client, new FolderStream(LocalHost.Instance, folder.Path, LinkRole.Worker), new FolderStream(LocalHost.Instance, folder.Path, LinkRole.Client), stop.Token);
        Assert.True(client.IsOverFiles && worker.IsOverFiles);
        Assert.Equal(Frames, await upwards.WaitAsync(Patience));
        while (Directory.EnumerateFiles(folder.Path, "worker-*").Any())
            await Task.Delay(5, stop.Token);
    }

    [Fact]
    public void A_damaged_file_of_frames_is_not_taken()
    {
        using var folder = new TemporaryFolder("session");
        using (var writer = new FolderStream(LocalHost.Instance, folder.Path, LinkRole.Client))
            writer.Write([1, 2, 3, 4, 5, 6, 7, 8, 9]);
        byte[] whole = File.ReadAllBytes(Assert.Single(Directory.GetFiles(folder.Path)));
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8, 9], FolderStream.Unpack(whole)!.Value.ToArray());
        for (int cut = 0; cut < whole.Length; cut++)
        {
            Assert.Null(FolderStream.Unpack(whole[..cut]));
            byte[] changed = [.. whole];
            changed[cut] ^= 16;
            Assert.Null(FolderStream.Unpack(changed));
        }
    }

    [Fact]
    public async Task Another_sessions_count_ends_it_with_a_sentence()
    {
        using var worker = new Session(Guid.NewGuid());
        (Socket one, Socket other) = Wire.Pair();
        using var stop = new CancellationTokenSource(Patience);
        Task<bool> offer = SessionOpening.OfferAsync(worker, 1, new NetworkStream(one, true), "test", false, stop.Token);
        using var client = new NetworkStream(other, true);
        await SessionOpening.ReadAsync(client, stop.Token);
        await client.WriteAsync((byte[])[.. worker.Id.ToByteArray(), .. BitConverter.GetBytes(5L)]);
        await offer;
        var error = Assert.Throws<LinkException>(() => worker.TryReceive(out _));
        Assert.Contains("5 frames", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_said_on_a_stream_that_was_left_since_does_no_harm()
    {
        using var worker = new Session(Guid.NewGuid());
        using var client = new Session(worker.Id);
        using var stop = new CancellationTokenSource(Patience);
        Task<int> upwards = ReceiveAsync(client, stop.Token);
        for (int i = 0; i < 200; i++)
            Send(worker, i, 10);
        (Socket one, Socket other) = Wire.Pair();
        await JoinAsync(worker, client, new NetworkStream(one, true), new NetworkStream(other, true), stop.Token);
        while (!worker.Flush())
        {
            Assert.False(worker.TryReceive(out _));
            worker.WaitToReceive(10);
        }
        (Socket late, Socket left) = Wire.Pair();
        Task<bool> offer = SessionOpening.OfferAsync(worker, 3, new NetworkStream(late, true), "late", false, stop.Token);
        using (var stale = new NetworkStream(left, true))
        {
            await SessionOpening.ReadAsync(stale, stop.Token);
            await stale.WriteAsync((byte[])[.. worker.Id.ToByteArray(), .. BitConverter.GetBytes(5L)]);
            await offer;
        }
        Assert.False(worker.IsOver);
        worker.Send(new Frame(FrameKind.Bye));
        (one, other) = Wire.Pair();
        await JoinAsync(worker, client, new NetworkStream(one, true), new NetworkStream(other, true), stop.Token);
        Assert.Equal(200, await upwards.WaitAsync(Patience));
    }

    [Fact]
    public async Task Only_who_has_the_jobs_key_is_let_in_and_trusted()
    {
        byte[] file = LinkKey.Create();
        using LinkKey key = LinkKey.Read(file), same = LinkKey.Read(file), stranger = LinkKey.Read(LinkKey.Create());
        byte[] mixed = [.. LinkKey.Create().AsSpan(0, Protocol.TokenSize), .. file.AsSpan(Protocol.TokenSize)];
        using LinkKey otherToken = LinkKey.Read(mixed);
        var opened = new TaskCompletionSource<Stream>();
        using var listener = new LinkListener(key, LinkRole.Worker, (stream, _) => opened.TrySetResult(stream));
        int port = listener.Start("127.0.0.1", null);
        var to = new LinkAddresses("elsewhere", ["127.0.0.1", "no-such-host.invalid"], port);
        using var stop = new CancellationTokenSource(Patience);
        Assert.Null(await LinkDialer.DialAsync(LocalHost.Instance, stranger, LinkRole.Client, to, stop.Token));
        Assert.Null(await LinkDialer.DialAsync(LocalHost.Instance, otherToken, LinkRole.Client, to, stop.Token));
        Assert.False(opened.Task.IsCompleted);
        DialledStream? open = await LinkDialer.DialAsync(LocalHost.Instance, same, LinkRole.Client, to, stop.Token);
        Assert.Equal($"127.0.0.1:{port}", open!.Address);
        await open.Stream.WriteAsync((byte[])[42]);
        Assert.Equal(42, (await opened.Task.WaitAsync(Patience)).ReadByte());
        await open.Stream.DisposeAsync();
    }

    [Fact]
    public void Ports_are_taken_from_the_range_and_a_missing_interface_is_named()
    {
        using LinkKey key = LinkKey.Read(LinkKey.Create());
        using var first = new LinkListener(key, LinkRole.Worker, (_, _) => { });
        // Of those that no system gives to who asks for any, lest another test has it as soon as it is free.
        int port = first.Start("127.0.0.1", (20_000, 29_999));
        Assert.InRange(port, 20_000, 29_999);
        using var second = new LinkListener(key, LinkRole.Worker, (_, _) => { });
        var taken = Assert.Throws<IOException>(() => second.Start("127.0.0.1", (port, port)));
        Assert.Contains($"ports {port} to {port} (PortRange)", taken.Message, StringComparison.Ordinal);
        first.Dispose();
        Assert.Equal(port, second.Start("127.0.0.1", (port, port)));
        var missing = Assert.Throws<IOException>(() => LinkAddresses.ToBind("nope0"));
        Assert.Contains("'nope0' (Interface)", missing.Message, StringComparison.Ordinal);
        Assert.Equal(IPAddress.Parse("10.1.2.3"), LinkAddresses.ToBind("10.1.2.3"));
        LinkAddresses here = LinkAddresses.Here(5, null, "node7", null);
        Assert.Contains("node7", here.Addresses);
        Assert.DoesNotContain("127.0.0.1", here.Addresses);
        Assert.Contains("127.0.0.1", here.ToDial());
        Assert.Equal(here.Addresses, LinkAddresses.FromJson(here.ToJson())!.Addresses);
        Assert.Null(LinkAddresses.FromJson("{\"version\":2}"u8.ToArray()));
    }

    [Fact]
    public void A_silence_that_this_process_slept_through_does_not_count()
    {
        var silence = new Silence(200);
        long heard = Environment.TickCount64;
        Assert.False(silence.IsTooLong(heard));
        Thread.Sleep(1000); // stopped, for all it knows
        Assert.False(silence.IsTooLong(heard));
        long looks = 0;
        for (long until = heard + 60_000; !silence.IsTooLong(heard) && Environment.TickCount64 < until; looks++)
            Thread.Sleep(10);
        Assert.True(looks > 2 && Environment.TickCount64 < heard + 60_000, $"{looks} looks");
        Assert.False(silence.IsTooLong(heard + 1));
    }

    private static async Task JoinAsync(Session worker, Session client, Stream one, Stream other, CancellationToken cancellationToken)
    {
        Task<bool> offer = SessionOpening.OfferAsync(worker, 3, one, "test", one is FolderStream, cancellationToken);
        try
        {
            Assert.Equal((worker.Id, 3), await SessionOpening.ReadAsync(other, cancellationToken));
            await SessionOpening.TakeAsync(client, other, "test", other is FolderStream, cancellationToken);
        }
        catch (IOException)
        {
            await other.DisposeAsync();
        }
        await offer;
    }

    private static void Send(Session session, int number, int length)
    {
        var body = new byte[sizeof(int) + length];
        BitConverter.TryWriteBytes(body, number);
        session.Send(FrameKind.Results, 1, body, Payload.Empty);
    }

    /// <returns>How many frames came until the farewell, each with the number that was due.</returns>
    private static Task<int> ReceiveAsync(Session session, CancellationToken cancellationToken) => Task.Run(() =>
    {
        for (int due = 0; ; session.WaitToReceive(10))
        {
            cancellationToken.ThrowIfCancellationRequested();
            while (session.TryReceive(out Frame frame))
            {
                if (frame.Kind == FrameKind.Bye)
                    return due;
                if (frame.Kind == FrameKind.Beat)
                    continue;
                Assert.Equal(due++, frame.Reader().ReadInt32());
            }
        }
    });
}
