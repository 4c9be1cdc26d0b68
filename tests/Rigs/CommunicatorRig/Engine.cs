using System.Diagnostics;

namespace PathosHpc.CommunicatorRig;

/// <summary>What the rank engine does: non-blocking sends, matched probes.</summary>
internal static class Engine
{
    /// <summary>Many small messages in flight; neither side allocates more than the bytes received.</summary>
    public static void SmallMessages(Communicator world)
    {
        if (world.Size == 1 || world.Rank > 1)
            return;
        const int Count = 20_000, InFlight = 50;
        var sends = new PendingSend[InFlight];
        byte[] bytes = [1, 2, 3, 4, 5, 6, 7, 8];
        var target = new byte[16];
        for (int warm = 0; warm < 2; warm++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int done = 0; done < Count; done += InFlight)
            {
                for (int i = 0; world.Rank == 0 && i < InFlight; i++)
                    sends[i] = world.BeginSend(bytes.AsSpan(), 1, i);
                for (int i = 0; i < InFlight; i++)
                {
                    if (world.Rank == 0)
                    {
                        while (!sends[i].Test()) { }
                        continue;
                    }
                    MatchedMessage message;
                    while (!world.TryProbe(out message, 0)) { }
                    if (message.Tag != i || message.Length != 8)
                        throw new InvalidOperationException($"Message {i} came with tag {message.Tag} and {message.Length} bytes.");
                    message.ReceiveInto(target);
                }
            }
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Check.That(warm == 0 || allocated < 1000, $"{allocated} bytes were allocated for {Count} messages");
        }
    }

    /// <summary>Payloads of one and several segments, of lengths around every limit, to a neighbour.</summary>
    public static void Lengths(Communicator world)
    {
        int next = (world.Rank + 1) % world.Size, previous = (world.Rank + world.Size - 1) % world.Size;
        int[][] shapes = [[], [0], [1], [4096], [4097], [8192], [8193], [3, 5], [0, 7, 0], [1 << 20, 1, 1 << 19], [10_000_000]];
        foreach (int[] shape in shapes)
        {
            byte value = (byte)(world.Rank + 1);
            var segments = shape.Select(length => { var s = new byte[length]; Array.Fill(s, value); return new ReadOnlyMemory<byte>(s); }).ToArray();
            PendingSend send = world.BeginSend(new Payload(segments), next, shape.Length);
            MatchedMessage message;
            while (!world.TryProbe(out message, previous)) { }
            Check.Equal(shape.Sum(l => (long)l), message.Length);
            Check.Equal(shape.Length, message.Tag);
            GC.Collect(0);
            byte[] bytes = (shape.Length % 2 == 0 ? message.Receive() : message.BeginReceive().Wait()).ToArray();
            Check.Equal(message.Length, bytes.LongLength);
            Check.That(bytes.AsSpan().IndexOfAnyExcept((byte)(previous + 1)) < 0);
            while (!send.Test()) { }
            world.Barrier();
        }
    }

    /// <summary>What was sent is found by the first look after a time without one, as of a root between two items.</summary>
    public static void OneLook(Communicator world)
    {
        if (world.Size == 1)
            return;
        // That the message is there must not be told by MPI, which would fetch it.
        string sent = world.Broadcast(world.Rank == 0 ? Path.GetTempFileName() : null, 0)!;
        using Communicator own = world.Duplicate();
        var port = new MpiPort(own);
        // The first messages between two ranks may wait for both to make a connection: to look once is not enough for those.
        for (int i = 0; i < 100 && world.Rank < 2; i++)
        {
            if (world.Rank == 1)
                own.Send(i, 0, 1);
            Check.Equal(i, own.Receive<int>(1 - world.Rank, 1));
            if (world.Rank == 0)
                own.Send(i, 1, 1);
        }
        if (world.Rank == 1)
        {
            port.Send(0, FrameKind.Beat, 7, [1, 2, 3], Payload.Empty);
            File.Delete(sent);
            while (!port.Progress()) { }
        }
        if (world.Rank == 0)
        {
            for (long until = Environment.TickCount64 + 30_000; File.Exists(sent) && Environment.TickCount64 < until;)
                Thread.Sleep(1);
            Check.That(port.TryReceive(out int source, out Frame frame) && source == 1 && frame.Map == 7, "A message that was there was not found by the first look");
        }
        world.Barrier();
    }

    /// <summary>Wildcard receives from many senders: a message's bytes are all of the sender it names.</summary>
    public static void Wildcards(Communicator world)
    {
        const int Count = 200;
        if (world.Rank != 0)
        {
            for (int i = 0; i < Count; i++)
            {
                var numbers = new int[1 + i * 37 % 5000];
                Array.Fill(numbers, world.Rank * 1000 + i);
                if (i % 2 == 0)
                    world.Send<int>(numbers, 0, i);
                else
                    world.Send(numbers, 0, i);
            }
            return;
        }
        var seen = new int[world.Size];
        for (int i = 0; i < Count * (world.Size - 1); i++)
        {
            MessageStatus status;
            int[] numbers;
            if (seen.Sum() % 2 == 0 && world.Probe() is var ahead && ahead.Tag % 2 == 0)
            {
                numbers = new int[ahead.Count<int>()];
                status = world.Receive<int>(numbers, ahead.Source, ahead.Tag);
            }
            else
            {
                ahead = world.Probe();
                if (ahead.Tag % 2 == 0)
                {
                    numbers = new int[5000];
                    status = world.Receive<int>(numbers, ahead.Source);
                    numbers = numbers[..(int)status.Count<int>()];
                }
                else
                {
                    numbers = world.Receive<int[]>(out status, ahead.Source);
                }
            }
            Check.Equal(seen[status.Source]++, status.Tag);
            Check.Equal(1 + status.Tag * 37 % 5000, numbers.Length);
            Check.That(numbers.AsSpan().IndexOfAnyExcept(status.Source * 1000 + status.Tag) < 0, $"bytes of another sender in a message of rank {status.Source}");
        }
    }

    /// <summary>Four threads of each rank exchange messages at once, while garbage is collected.</summary>
    public static void Threads(Communicator world)
    {
        int next = (world.Rank + 1) % world.Size, previous = (world.Rank + world.Size - 1) % world.Size;
        Exception? failure = null;
        Thread[] threads = Enumerable.Range(0, 4).Select(tag => new Thread(() =>
        {
            try
            {
                for (int i = 0; i < 100; i++)
                {
                    string received = world.SendReceive($"{tag}:{i}:{new string('z', i * 100)}", next, previous, tag, tag);
                    Check.That(received.StartsWith($"{tag}:{i}:", StringComparison.Ordinal));
                    if (i % 20 == 0)
                        GC.Collect();
                }
            }
            catch (Exception e)
            {
                failure = e;
            }
        })).ToArray();
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Check.That(failure is null, failure?.ToString());
    }

    /// <summary>Small messages a second from rank 0 to rank 1, with 64 in flight.</summary>
    public static void Rate(Communicator world, int count)
    {
        var sends = new Queue<PendingSend>(64);
        byte[] bytes = new byte[32];
        for (int round = 0; round < 3; round++)
        {
            world.Barrier();
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < count && world.Rank == 0; i++)
            {
                if (sends.Count == 64)
                    while (!sends.Peek().Test()) { }
                if (sends.Count == 64)
                    sends.Dequeue();
                sends.Enqueue(world.BeginSend(bytes.AsSpan(), 1, 3));
            }
            while (sends.TryDequeue(out PendingSend? send))
                while (!send.Test()) { }
            for (int i = 0; i < count && world.Rank == 1; i++)
            {
                MatchedMessage message;
                while (!world.TryProbe(out message)) { }
                _ = message.ReceiveArray();
            }
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            if (world.Rank == 1)
                Console.WriteLine($"{count / seconds:N0} messages/s");
        }
    }

    /// <summary>GB/s of scatter and gather from and to rank 0, the best of ten, and microseconds of a barrier.</summary>
    public static void Bandwidth(Communicator world)
    {
        foreach (int mebibytes in (int[])[1, 8, 64])
        {
            var all = new byte[mebibytes << 20];
            var part = new byte[all.Length / world.Size];
            (double scatter, double gather) = (double.MaxValue, double.MaxValue);
            for (int i = 0; i < 10; i++)
            {
                world.Barrier();
                long start = Stopwatch.GetTimestamp();
                world.Scatter<byte>(all.AsSpan(0, part.Length * world.Size), part);
                world.Barrier();
                scatter = Math.Min(scatter, Stopwatch.GetElapsedTime(start).TotalSeconds);
                start = Stopwatch.GetTimestamp();
                world.Gather<byte>(part, all.AsSpan(0, part.Length * world.Size));
                world.Barrier();
                gather = Math.Min(gather, Stopwatch.GetElapsedTime(start).TotalSeconds);
            }
            if (world.Rank == 0)
                Console.WriteLine($"{mebibytes} MiB: scatter {all.Length / scatter / 1e9:F2} GB/s, gather {all.Length / gather / 1e9:F2} GB/s");
        }
        long began = Stopwatch.GetTimestamp();
        for (int i = 0; i < 1000; i++)
            world.Barrier();
        if (world.Rank == 0)
            Console.WriteLine($"barrier {Stopwatch.GetElapsedTime(began).TotalMicroseconds / 1000:F1} us");
    }
}
