namespace PathosHpc;

/// <summary>Sends and receives frames between ranks without ever blocking. Under the baton of its rank.</summary>
/// <remarks>A long message is received while others come; those behind it from the same rank wait, so that order is kept.</remarks>
internal sealed class MpiPort(Communicator communicator)
{
    private const long ReceivedAtOnce = 4096;

    /// <summary>Messages under way at which whoever only passes things on had better wait, for so long at most.</summary>
    private const int Crowd = 16, CrowdedMilliseconds = 50;
    private readonly byte[] small = new byte[PendingSend.CopyLimit];
    private readonly List<(PendingSend Send, Payload Tail)> sends = [];
    private readonly Dictionary<int, IncomingTransfer> transfers = [];
    private readonly Queue<ReceivedFrame> ready = new();
    private long lastMoved;

    public Communicator Communicator => communicator;

    /// <summary>Whether something is under way that only goes on while <see cref="Progress"/> or <see cref="TryReceive"/> are called.</summary>
    public bool IsBusy => sends.Count > 0 || transfers.Count > 0;

    /// <summary>Whether more is under way than the other ranks take at once. Never for long, whatever becomes of them.</summary>
    public bool IsCrowded => sends.Count >= Crowd && Environment.TickCount64 - lastMoved < CrowdedMilliseconds;

    /// <summary>Begins to send a frame whose body is <paramref name="head"/>, which is copied, and <paramref name="tail"/>.</summary>
    public void Send(int rank, FrameKind kind, int map, ReadOnlySpan<byte> head, Payload tail)
    {
        long length = MpiFrames.HeaderSize + head.Length + tail.Length;
        PendingSend send = length <= small.Length
            ? communicator.BeginSend(MpiFrames.Write(small, kind, map, head, tail), rank, MpiFrames.Tag)
            : communicator.BeginSend(MpiFrames.ToMessage(kind, map, head, tail), rank, MpiFrames.Tag);
        if (!send.Test())
        {
            if (sends.Count == 0)
                lastMoved = Environment.TickCount64;
            tail.Memory?.Hold();
            sends.Add((send, tail));
        }
        else if (tail.IsGivenAway)
        {
            tail.Recycle();
        }
    }

    /// <summary>Moves on what is being sent.</summary>
    /// <returns>Whether nothing is left.</returns>
    public bool Progress()
    {
        for (int i = sends.Count - 1; i >= 0; i--)
        {
            if (!sends[i].Send.Test())
                continue;
            lastMoved = Environment.TickCount64;
            Payload tail = sends[i].Tail;
            tail.Memory?.Release(1);
            if (tail.IsGivenAway)
                tail.Recycle();
            sends[i] = sends[^1];
            sends.RemoveAt(sends.Count - 1);
        }
        return sends.Count == 0;
    }

    /// <summary>The next frame from whichever rank.</summary>
    public bool TryReceive(out int source, out Frame frame)
    {
        if (transfers.Count > 0)
            MoveTransfers();
        while (ready.Count == 0 && TryProbe(out MatchedMessage message))
        {
            if (transfers.TryGetValue(message.Source, out IncomingTransfer? transfer))
                transfer.Behind.Enqueue(message);
            else
                Begin(message, null);
        }
        if (!ready.TryDequeue(out ReceivedFrame? next))
        {
            (source, frame) = (0, default);
            return false;
        }
        (source, frame) = (next.Source, next.Frame);
        return true;
    }

    /// <summary>Takes a message out of MPI's queue. MPICH and Open MPI look into their queues first, and only then for what has come since they were last called,
    /// which the next look finds: a rank that looks up between items of a millisecond would see everything a millisecond late.</summary>
    private bool TryProbe(out MatchedMessage message) =>
        communicator.TryProbe(out message, Communicator.AnySource, MpiFrames.Tag) || communicator.TryProbe(out message, Communicator.AnySource, MpiFrames.Tag);

    private void Begin(MatchedMessage message, Queue<MatchedMessage>? behind)
    {
        if (message.Length <= ReceivedAtOnce)
            ready.Enqueue(new ReceivedFrame(message.Source, MpiFrames.ToFrame(new Payload(message.ReceiveArray()))));
        else
            transfers[message.Source] = new IncomingTransfer(message.BeginReceive(), behind ?? new Queue<MatchedMessage>());
    }

    private void MoveTransfers()
    {
        foreach (int source in transfers.Keys.ToArray())
        {
            (PendingReceive receive, Queue<MatchedMessage> behind) = transfers[source];
            if (!receive.Test())
                continue;
            transfers.Remove(source);
            ready.Enqueue(new ReceivedFrame(source, MpiFrames.ToFrame(receive.Payload)));
            while (!transfers.ContainsKey(source) && behind.TryDequeue(out MatchedMessage next))
                Begin(next, behind);
        }
    }

    /// <summary>A long message that is being received, and the messages of the same rank behind it.</summary>
    private sealed record IncomingTransfer(PendingReceive Receive, Queue<MatchedMessage> Behind);
}
