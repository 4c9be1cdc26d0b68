namespace PathosHpc.CommunicatorRig;

/// <summary>One message beyond 2 GiB: as a payload of several segments, and as one span.</summary>
internal static class Large
{
    public static void Messages(Communicator world)
    {
        if (world.Size == 1)
            return;
        const long Length = 2_200_000_000;
        if (world.Rank == 0)
        {
            var segments = new List<ReadOnlyMemory<byte>>();
            for (long left = Length; left > 0; left -= Payload.MaxSegment)
            {
                var segment = new byte[Math.Min(left, Payload.MaxSegment)];
                (segment[0], segment[^1]) = ((byte)(segments.Count + 1), (byte)(segments.Count + 101));
                segments.Add(segment);
            }
            PendingSend send = world.BeginSend(new Payload([.. segments]), 1, 1);
            send.Wait(Length);
            segments.Clear();
            GC.Collect();
            var numbers = new long[Length / 8];
            (numbers[0], numbers[^1]) = (11, 12);
            world.Send<long>(numbers, 1);
        }
        if (world.Rank == 1)
        {
            MatchedMessage message;
            while (!world.TryProbe(out message)) { }
            Check.Equal(Length, message.Length);
            Payload payload = message.Receive();
            Check.Equal(Length, payload.Length);
            for (int i = 0; i < payload.Segments.Length; i++)
            {
                Check.Equal((byte)(i + 1), payload.Segments[i].Span[0]);
                Check.Equal((byte)(i + 101), payload.Segments[i].Span[^1]);
            }
            (payload, message) = (Payload.Empty, default);
            GC.Collect();
            var numbers = new long[Length / 8];
            Check.Equal(Length, world.Receive<long>(numbers).Length);
            Check.That(numbers[0] == 11 && numbers[^1] == 12);
        }
    }
}
