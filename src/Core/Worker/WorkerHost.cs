using System.Runtime.InteropServices;

namespace PathosHpc;

/// <summary>A host of workers: worker processes on one machine, for a pool that runs elsewhere and speaks over this process's standard input and
/// output. The coordinator next to the workers is here; the pool's keeps enough items here for them.</summary>
internal sealed class WorkerHost
{
    /// <summary>What the pool may be kept from sending for, as long as a connection across a country takes there and back twice.</summary>
    private const double AheadSeconds = 0.25;

    private const int LongestWrite = 1 << 16;
    private readonly StreamCarrier uplink;
    private readonly AutoResetEvent wake = new(false);
    private readonly ServedMaps maps;
    private readonly Coordinator coordinator = new() { AheadSeconds = AheadSeconds, IsOneOfMany = true };
    private readonly WorkerProcesses workers;
    private readonly int beatMilliseconds;
    private Farewell? ending;
    private long lastSent = Environment.TickCount64;

    private WorkerHost(Stream stream, int first, int count, int size)
    {
        uplink = new StreamCarrier(stream, 0, 0, LongestWrite, () => wake.Set());
        maps = new ServedMaps(coordinator, frame => new ServedMap(frame, coordinator, uplink, RankOutput.To(line => Send(MapFrames.Output(frame.Map, line))), () => wake.Set()));
        uplink.Start();
        uplink.Send(Hello.Of(first, [.. Enumerable.Repeat(new RankPlace(Environment.MachineName, Environment.ProcessId), count)]).ToFrame());
        Welcome welcome = Rendezvous.AwaitWelcome(uplink);
        beatMilliseconds = Math.Clamp(welcome.HeartbeatMilliseconds / 4, 10, 5000);
        var options = new ProcessPoolOptions { Workers = count, HeartbeatTimeout = TimeSpan.FromMilliseconds(welcome.HeartbeatMilliseconds), Output = RankOutput.To(line => Send(MapFrames.Output(0, line))) };
        RankLog.Capture(first, Send);
        workers = new WorkerProcesses(options, first, count, size, coordinator, failure => End(new Farewell(FarewellReason.Broken, failure.Message)));
    }

    /// <summary>Serves a pool to its end.</summary>
    /// <param name="first">Number of the first worker.</param>
    /// <param name="count">How many.</param>
    /// <param name="size">Workers of the whole pool.</param>
    public static int Serve(int first, int count, int size)
    {
        Stream stream = new PairedStream(Console.OpenStandardInput(), Console.OpenStandardOutput());
        // What is printed here must not come between frames.
        Console.SetOut(Console.Error);
        try
        {
            var token = new byte[Protocol.TokenSize];
            stream.ReadExactly(token);
            using (var limit = new CancellationTokenSource(Handshake.Patience))
                Handshake.ProveAsync(stream, LinkRole.Worker, token, proveFirst: true, limit.Token).GetAwaiter().GetResult();
            new WorkerHost(stream, first, count, size).Run();
            return 0;
        }
        catch (Exception e) when (e is LinkException or IOException or MalformedPayloadException or OperationCanceledException)
        {
            Console.Error.WriteLine($"The host of workers on {Environment.MachineName} could not serve its pool: {e.Message}");
            return 70;
        }
    }

    private void Run()
    {
        // Whoever carries the stream ends this process when its connection is lost; what is here in files goes first.
        using PosixSignalRegistration terminated = EndOn(PosixSignal.SIGTERM), hungUp = EndOn(PosixSignal.SIGHUP);
        workers.EnsureStarted();
        try
        {
            while (ending is null)
            {
                while (ending is null && uplink.TryReceive(out Frame frame))
                    Handle(frame);
                foreach (ServedMap map in maps.All)
                    map.PassOn(0, all: true);
                if (Environment.TickCount64 - Interlocked.Read(ref lastSent) >= beatMilliseconds)
                    Send(new Frame(FrameKind.Beat));
                wake.WaitOne(beatMilliseconds);
            }
            foreach (ServedMap map in maps.All)
                map.PassOn(0, all: true);
            Send(ending.ToFrame());
        }
        catch (LinkException)
        {
            // The pool is gone, and with it the need for workers.
        }
        workers.DisposeAsync().AsTask().GetAwaiter().GetResult();
        AwaitHearing();
        ThisProcess.End(0);
    }

    /// <summary>Waits, not long, until the pool has closed the stream: then it has heard why this ends.</summary>
    private void AwaitHearing()
    {
        try
        {
            for (long until = Environment.TickCount64 + 1000; Environment.TickCount64 < until; uplink.WaitToReceive(50))
                while (uplink.TryReceive(out _)) { }
        }
        catch (LinkException)
        {
            // It has.
        }
    }

    private PosixSignalRegistration EndOn(PosixSignal signal) => PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        End(new Farewell(FarewellReason.Done));
    });

    private void Handle(Frame frame)
    {
        if (maps.TryHandle(frame))
            return;
        switch (frame.Kind)
        {
            case FrameKind.Bye:
                End(new Farewell(FarewellReason.Done));
                break;
            case FrameKind.Beat:
                break;
            default:
                throw new LinkException($"A frame of kind {frame.Kind} came from the pool, which a host of workers does not expect.");
        }
    }

    private void Send(Frame frame)
    {
        try
        {
            uplink.Send(frame);
            Interlocked.Exchange(ref lastSent, Environment.TickCount64);
        }
        catch (LinkException)
        {
            wake.Set();
        }
    }

    private void End(Farewell farewell)
    {
        Interlocked.CompareExchange(ref ending, farewell, null);
        wake.Set();
    }
}
