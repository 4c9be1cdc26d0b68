using NLog;

namespace PathosHpc;

/// <summary>A link over a socket to a process that has one or more ranks: a thread receives, another sends what the socket does not take at once.</summary>
internal sealed class SocketLink : Link, IDisposable
{
    private const int PollMilliseconds = 100;

    /// <summary>How long the receiving thread keeps the ends of maps to itself.</summary>
    private const int EndMilliseconds = 3;

    /// <summary>There and back through a socket, twice, where threads wake up for it on both sides, on cores that are busy.</summary>
    private const double MessageSeconds = 200e-6;

    private static readonly Logger Log = LogManager.GetLogger("PathosHpc.Links");
    private readonly Carrier carrier;
    private readonly Coordinator coordinator;
    private readonly SemaphoreSlim backlog = new(0);
    private readonly int heartbeatMilliseconds;
    private readonly LinkAnswers answers;
    private readonly ItemsBatch batch;
    private readonly Fifo<int> untoldEnds = new();
    private Thread? sender, receiver;
    private long untoldSince;
    private volatile bool closed;

    public SocketLink(Carrier carrier, Coordinator coordinator, int heartbeatMilliseconds)
        => (this.carrier, this.coordinator, this.heartbeatMilliseconds, answers, batch) = (carrier, coordinator, heartbeatMilliseconds, new LinkAnswers(coordinator), new ItemsBatch(carrier));

    /// <summary>Told of lines that ranks print.</summary>
    public required Action<RankOutputLine> Output { get; init; }

    /// <summary>Told once that the link is lost, with the other side's farewell if there was one.</summary>
    public required Action<SocketLink, Farewell?, string> Lost { get; init; }

    /// <summary>Starts to receive.</summary>
    public void Start()
    {
        receiver = new Thread(Receive) { IsBackground = true, Name = $"pathos link {FirstRank}" };
        receiver.Start();
    }

    public override double BatchSeconds => IsRank ? MessageSeconds : 0;

    public override void Begin(CoordinatedMap map)
    {
        SendInOrder(new Frame(FrameKind.Function, map.Number, map.Function!.Start));
        TellEnds();
    }

    public override void SendPart(CoordinatedMap map, Payload part) => SendInOrder(new Frame(FrameKind.FunctionPart, map.Number, part));

    public override void Send(CoordinatedMap map, Block chunk, bool mayReturn) =>
        Guarded(() => IsRank ? batch.Send(map.Number, (EncodedBlock)chunk, mayReturn) : MapFrames.SendItems(carrier, map.Number, (EncodedBlock)chunk, mayReturn));

    /// <summary>Tells that a map has ended. The thread that received its last result does so a moment later, or with the next map: told at once, ranks would wake up for it on the
    /// very cores on which the caller of the map should.</summary>
    public override void End(CoordinatedMap map)
    {
        lock (untoldEnds)
        {
            if (untoldEnds.Count == 0)
                untoldSince = Environment.TickCount64;
            untoldEnds.Enqueue(map.Number);
        }
        if (Thread.CurrentThread != receiver)
            TellEnds();
    }

    public override void Flush() => Guarded(batch.Flush);

    /// <summary>Tells the other side to end; nothing is expected of it any more.</summary>
    public void SayBye(FarewellReason reason = FarewellReason.Done, string text = "")
    {
        TellEnds();
        Send(new Farewell(reason, text).ToFrame());
    }

    /// <summary>Takes the other side for dead, though nothing says so yet.</summary>
    public void GiveUp() => carrier.Dispose();

    public void Dispose()
    {
        closed = true;
        backlog.Release();
        carrier.Dispose();
    }

    /// <summary>Sends a frame behind the chunks that wait to leave together. Under the coordinator's lock, as chunks are.</summary>
    private void SendInOrder(Frame frame)
    {
        Flush();
        Send(frame);
    }

    private void TellEnds()
    {
        while (TryTakeEnd(out int map))
            Send(new Frame(FrameKind.Cancel, map));
    }

    private bool TryTakeEnd(out int map)
    {
        lock (untoldEnds)
            return untoldEnds.TryDequeue(out map);
    }

    /// <summary>Whether there are ends of maps to tell that are so old.</summary>
    private bool HasUntoldEnds(int milliseconds)
    {
        lock (untoldEnds)
            return untoldEnds.Count > 0 && Environment.TickCount64 - untoldSince >= milliseconds;
    }

    private void Send(Frame frame) => Guarded(() => carrier.Send(frame));

    private void Guarded(Func<bool> send)
    {
        try
        {
            if (!send())
                SendLater();
        }
        catch (LinkException)
        {
            // The receiving thread meets the same break and tells it once.
        }
    }

    private void SendLater()
    {
        lock (backlog)
        {
            if (sender is null)
            {
                sender = new Thread(SendBacklog) { IsBackground = true, Name = $"pathos send {FirstRank}" };
                sender.Start();
            }
        }
        backlog.Release();
    }

    private void SendBacklog()
    {
        try
        {
            while (!closed)
            {
                backlog.Wait();
                while (!closed && !carrier.Flush())
                    carrier.WaitToSend(PollMilliseconds);
            }
        }
        catch (LinkException)
        {
            // The receiving thread meets the same break and tells it once.
        }
    }

    private void Receive()
    {
        var silence = new Silence(heartbeatMilliseconds);
        Farewell? farewell = null;
        string cause = "";
        try
        {
            while (!closed && farewell is null)
            {
                while (farewell is null && carrier.TryReceive(out Frame frame))
                    farewell = Handle(frame);
                if (silence.IsTooLong(carrier.LastHeard))
                    throw new LinkException($"There was no sign of life for {heartbeatMilliseconds / 1000.0:0.#} s (HeartbeatTimeout).");
                carrier.WaitToReceive(HasUntoldEnds(0) ? EndMilliseconds : PollMilliseconds);
                if (HasUntoldEnds(EndMilliseconds))
                    TellEnds();
            }
        }
        catch (Exception e) when (e is LinkException or MalformedPayloadException)
        {
            cause = e.Message;
        }
        catch (Exception e)
        {
            Log.Error(e, "What came from rank {Rank} could not be handled.", FirstRank);
            cause = $"What it said could not be handled: {e.GetType().Name}: {e.Message}";
        }
        if (!closed)
            Lost(this, farewell, cause);
    }

    private Farewell? Handle(Frame frame)
    {
        if (answers.TryTake(this, frame))
            return null;
        switch (frame.Kind)
        {
            case FrameKind.Credit:
                (long items, long bytes) = MapFrames.ReadCredit(frame);
                coordinator.SetWindow(this, frame.Map, items, bytes);
                break;
            case FrameKind.Output:
                (coordinator.OutputOf(frame.Map) is { } own ? own.Write : Output)(MapFrames.ReadOutput(frame));
                break;
            case FrameKind.Log:
                RankLog.Replay(frame);
                break;
            case FrameKind.Bye:
                return Farewell.Read(frame);
            default:
                throw new LinkException($"A frame of kind {frame.Kind} came, which a client does not expect.");
        }
        return null;
    }
}
