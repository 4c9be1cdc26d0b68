namespace PathosHpc.CommunicatorRig;

/// <summary>Every verb of <see cref="Communicator"/>, on any number of ranks.</summary>
internal static class Verbs
{
    private record struct Particle(double X, double Y, int Id);

    public static void Messages(Communicator world)
    {
        int next = (world.Rank + 1) % world.Size, previous = (world.Rank + world.Size - 1) % world.Size;
        foreach (int length in (int[])[0, 1, 1000, 5000, 1 << 20])
        {
            var sent = new double[length];
            Array.Fill(sent, world.Rank);
            var received = new double[length + 3];
            MessageStatus status = world.SendReceive<double>(sent, next, received, previous, sendTag: 7, receiveTag: 7);
            Check.Equal(new MessageStatus(previous, 7, 8L * length), status);
            Check.Equal(length, status.Count<double>());
            Check.That(received.AsSpan(0, length).IndexOfAnyExcept((double)previous) < 0);
            Check.Equal(0, received[length]);
        }
        if (world.Size == 1)
            return;
        var particle = new Particle[1];
        if (world.Rank == 0)
        {
            particle[0] = new(1.5, -2, 3);
            world.Send<Particle>(particle, world.Size - 1, 5);
        }
        if (world.Rank == world.Size - 1)
        {
            world.Receive<Particle>(particle, 0, 5);
            Check.Equal(new(1.5, -2, 3), particle[0]);
        }
    }

    public static void Objects(Communicator world)
    {
        int next = (world.Rank + 1) % world.Size, previous = (world.Rank + world.Size - 1) % world.Size;
        Check.Equal($"from {previous}", world.SendReceive($"from {world.Rank}", next, previous));
        var big = new string('x', 300_000 + world.Rank);
        Check.Equal(300_000 + previous, world.SendReceive(big, next, previous).Length);
        if (world.Rank == 0)
        {
            for (int rank = 1; rank < world.Size; rank++)
            {
                int[]? numbers = world.Receive<int[]>(out MessageStatus status);
                Check.Equal(status.Source, numbers[0]);
                Check.Equal(100 + status.Source, status.Tag);
            }
            return;
        }
        world.Send(new[] { world.Rank, 2, 3 }, 0, 100 + world.Rank);
    }

    public static void Probes(Communicator world)
    {
        world.Barrier();
        if (world.Rank == 0)
            Check.That(!world.TryProbe(out MessageStatus _));
        world.Barrier();
        if (world.Rank != 0)
        {
            world.Send<int>(new int[world.Rank], 0, world.Rank);
            return;
        }
        for (int count = 1; count < world.Size; count++)
        {
            MessageStatus ahead = world.Probe();
            Check.That(world.TryProbe(out MessageStatus again, ahead.Source, ahead.Tag));
            Check.Equal(ahead, again);
            Check.Equal(ahead.Source, (int)ahead.Count<int>());
            Check.Equal(ahead, world.Receive<int>(new int[ahead.Count<int>()], ahead.Source, ahead.Tag));
        }
    }

    public static void Collectives(Communicator world)
    {
        int root = world.Size - 1;
        long[] values = world.Rank == root ? [1, 2, 3] : new long[3];
        world.Broadcast<long>(values, root);
        Check.That(values is [1, 2, 3]);

        int[] all = Enumerable.Range(0, 2 * world.Size).ToArray();
        var part = new int[2];
        world.Scatter<int>(world.Rank == root ? all : default, part, root);
        Check.That(part[0] == 2 * world.Rank && part[1] == 2 * world.Rank + 1);
        var collected = new int[world.Rank == root ? 2 * world.Size : 0];
        world.Gather<int>(part, collected, root);
        Check.That(world.Rank != root || collected.SequenceEqual(all));
        var everywhere = new int[2 * world.Size];
        world.AllGather<int>(part, everywhere);
        Check.That(everywhere.SequenceEqual(all));

        int[] counts = Enumerable.Range(0, world.Size).ToArray();
        short[] triangle = counts.SelectMany(rank => Enumerable.Repeat((short)rank, rank)).ToArray();
        var mine = new short[world.Rank];
        world.Scatter<short>(world.Rank == 0 ? triangle : default, world.Rank == 0 ? counts : default, mine);
        Check.That(mine.AsSpan().IndexOfAnyExcept((short)world.Rank) < 0);
        var back = new short[triangle.Length];
        world.Gather<short>(mine, counts, back);
        Check.That(world.Rank != 0 || back.SequenceEqual(triangle));
        back.AsSpan().Clear();
        world.AllGather<short>(mine, counts, back);
        Check.That(back.SequenceEqual(triangle));
    }

    public static void ObjectCollectives(Communicator world)
    {
        int root = world.Size / 2;
        string text = new('y', 1_000_000);
        Check.Equal(text, world.Broadcast(world.Rank == root ? text : "", root));
        string[] names = Enumerable.Range(0, world.Size).Select(rank => $"rank {rank}{new string(' ', 20_000 * rank)}").ToArray();
        string mine = world.Scatter(world.Rank == root ? names : null, root);
        Check.Equal(names[world.Rank], mine);
        string[]? gathered = world.Gather(mine, root);
        Check.That(world.Rank == root ? gathered!.SequenceEqual(names) : gathered is null);
        Check.That(world.AllGather(mine).SequenceEqual(names));
        // Not associative, not commutative: the order of the fold is a promise.
        string folded = Enumerable.Range(0, world.Size).Select(rank => $"{rank}").Aggregate((a, b) => $"({a}-{b})");
        Check.Equal(folded, world.AllReduce($"{world.Rank}", (a, b) => $"({a}-{b})"));
        Check.Equal(world.Rank == root ? folded : null, world.Reduce($"{world.Rank}", (a, b) => $"({a}-{b})", root));
    }

    public static void Reductions(Communicator world)
    {
        int n = world.Size;
        Check.Equal(n * (n - 1) / 2, world.AllReduce(world.Rank, Reduction.Sum));
        Check.Equal((n - 1) * 0.5, world.AllReduce(world.Rank * 0.5, Reduction.Max));
        Check.Equal(-(n - 1) * 0.5f, world.AllReduce(world.Rank * -0.5f, Reduction.Min));
        long factorial = Enumerable.Range(1, n).Aggregate(1L, (a, b) => a * b);
        Check.Equal(world.Rank == 0 ? factorial : 0, world.Reduce((long)(world.Rank + 1), Reduction.Product));
        var results = new long[3];
        world.AllReduce<long>([world.Rank, 1, -world.Rank], results, Reduction.Sum);
        Check.That(results[1] == n && results[0] == -results[2]);
        double[] own = [world.Rank, 2];
        world.AllReduce<double>(own, own, Reduction.Sum);
        Check.That(own[0] == n * (n - 1) / 2 && own[1] == 2 * n);
        own = [1, 2];
        world.Reduce<double>(own, own, Reduction.Sum, n - 1);
        Check.That(own[0] == (world.Rank == n - 1 ? n : 1));
        Check.Throws<ArgumentOutOfRangeException>(() => world.AllReduce(1, (Reduction)9));
        var three = new double[3];
        Check.Throws<ArgumentException>(() => world.AllReduce<double>(three.AsSpan(0, 2), three.AsSpan(1, 2), Reduction.Sum));
    }

    public static void Derived(Communicator world)
    {
        using (Communicator parity = world.Split(world.Rank % 2, key: -world.Rank)!)
        {
            Check.Equal((world.Size + 1 - world.Rank % 2) / 2, parity.Size);
            int[] members = parity.AllGather(world.Rank);
            Check.That(members.SequenceEqual(members.OrderDescending()), string.Join(",", members));
            Check.That(members.All(member => member % 2 == world.Rank % 2));
        }
        Communicator? first = world.Split(world.Rank == 0 ? 0 : null);
        Check.Equal(world.Rank == 0, first is not null);
        first?.Dispose();
        Communicator duplicate = world.Duplicate();
        // The same rank and tag in two communicators: messages do not meet.
        int next = (world.Rank + 1) % world.Size, previous = (world.Rank + world.Size - 1) % world.Size;
        if (world.Size > 1)
        {
            world.Send(1, next);
            duplicate.Send(2, next);
            Check.Equal(2, duplicate.Receive<int>(previous));
            Check.Equal(1, world.Receive<int>(previous));
        }
        duplicate.Dispose();
        duplicate.Dispose();
        Check.Throws<ObjectDisposedException>(duplicate.Barrier);
        Check.Equal(1, Communicator.Self.Size);
        Check.Equal(0, Communicator.Self.Rank);
    }

    public static void Refusals(Communicator world)
    {
        Check.Throws<ArgumentOutOfRangeException>(() => world.Send(1, world.Size));
        Check.Throws<ArgumentOutOfRangeException>(() => world.Send(1, 0, -3));
        Check.Throws<ArgumentException>(() => world.AllReduce((byte)1, Reduction.Sum));
        Check.That(Communicator.MaxTag >= 32767);
        int next = (world.Rank + 1) % world.Size, previous = (world.Rank + world.Size - 1) % world.Size;
        var error = Check.Throws<MpiException>(() => world.SendReceive<int>(new int[5], next, new int[4], previous));
        Check.Equal(MpiErrorKind.Truncated, error.Kind);
        // The dropped message is gone, and the next one is right.
        var received = new int[1];
        world.SendReceive<int>([world.Rank], next, received, previous);
        Check.Equal(previous, received[0]);
        // An error of the library itself: the handle of a freed communicator is no longer one.
        var fault = Check.Throws<MpiException>(() => MpiCheck.That(MpiTagError(), "MPI_Isend"));
        Check.Equal(MpiErrorKind.Tag, fault.Kind);
        Check.That(fault.Message.Contains("MPI_Isend failed: ", StringComparison.Ordinal));
    }

    private static unsafe int MpiTagError()
    {
        nint request = 0;
        return MpiNative.MPI_Isend(null, 0, MpiEnvironment.Abi.Byte, 0, -77, MpiEnvironment.Abi.CommWorld, &request);
    }
}
