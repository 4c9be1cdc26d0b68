using Xunit.Abstractions;

namespace PathosHpc.Tests;

/// <summary>Truncated, damaged and hostile streams and bodies, from fixed seeds: each ends in a value or in one of our exceptions,
/// with memory in proportion to the bytes.</summary>
public sealed class WireFuzzTests(ITestOutputHelper output)
{
    private const int CasesPerBody = 3000;
    private const int StreamCases = 15_000;
    private static readonly long[] Ends = [2, 2, 9, 14];

    [Fact]
    public void Damaged_bodies_give_a_value_or_an_error()
    {
        var random = new Random(11);
        int cases = 0, values = 0;
        foreach ((string name, Frame frame, Action<Frame> read) in Bodies())
        {
            byte[] bytes = frame.Body.ToArray();
            read(frame);
            for (int length = 0; length < bytes.Length; length++, cases++)
                values += Survives(name, frame, bytes[..length], read) ? 1 : 0;
            for (int i = 0; i < CasesPerBody; i++, cases++)
                values += Survives(name, frame, Wire.Damage(random, bytes), read) ? 1 : 0;
            for (int i = 0; i < CasesPerBody / 10; i++, cases++)
            {
                byte[] noise = new byte[random.Next(120)];
                random.NextBytes(noise);
                values += Survives(name, frame, noise, read) ? 1 : 0;
            }
        }
        output.WriteLine($"{cases} bodies: {values} gave a value, {cases - values} an error.");
        Assert.True(cases >= 40_000, $"Only {cases} cases were tried.");
        Assert.InRange(values, 1, cases - 1);
    }

    [Fact]
    public void Damaged_streams_give_frames_or_an_error()
    {
        byte[] whole = Wire.Stream(Bodies().Select(b => b.Frame));
        var random = new Random(12);
        int frames = 0, errors = 0;
        for (int i = 0; i < StreamCases; i++)
        {
            byte[] bytes = i % 10 == 0 ? Noise(random) : Wire.Damage(random, whole);
            (int taken, bool failed) = Assemble(random, bytes, i % 2 == 0 ? long.MaxValue : Protocol.LongestUnprovenFrame);
            frames += taken;
            errors += failed ? 1 : 0;
        }
        output.WriteLine($"{StreamCases} streams: {frames} frames, {errors} errors.");
        Assert.InRange(errors, StreamCases / 2, StreamCases - 1);
        Assert.True(frames > StreamCases);
    }

    [Fact]
    public void A_stream_gives_its_frames_however_it_is_cut()
    {
        Frame[] expected = [.. Bodies().Select(b => b.Frame), new(FrameKind.Items, 7, new Payload(new byte[300_000])), new(FrameKind.Beat)];
        byte[] whole = Wire.Stream(expected);
        var random = new Random(13);
        for (int round = 0; round < 50; round++)
        {
            var assembler = new FrameAssembler { LongestFrame = long.MaxValue };
            var got = new List<Frame>();
            for (int at = 0; at < whole.Length;)
            {
                Memory<byte> room = assembler.Room();
                int count = Math.Min(Math.Min(room.Length, 1 + random.Next(round < 10 ? 3000 : 100_000)), whole.Length - at);
                whole.AsMemory(at, count).CopyTo(room);
                assembler.Filled(count);
                at += count;
                while (assembler.TryTake(out Frame frame))
                    got.Add(frame);
            }
            Assert.Equal(expected.Select(f => (f.Kind, f.Map, Convert.ToHexString(f.Body.ToArray()))), got.Select(f => (f.Kind, f.Map, Convert.ToHexString(f.Body.ToArray()))));
        }
    }

    [Fact]
    public void A_long_frame_takes_memory_only_as_its_bytes_come()
    {
        var header = new PayloadWriter();
        header.WriteInt32((int)FrameKind.Results);
        header.WriteInt32(1);
        header.WriteInt64(0);
        header.WriteInt64(long.MaxValue);
        byte[] bytes = [.. header.Detach().ToArray(), .. new byte[100]];
        long before = GC.GetAllocatedBytesForCurrentThread();
        (int frames, bool failed) = Assemble(new Random(1), bytes, long.MaxValue);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
        Assert.Equal((0, false), (frames, failed));

        var strict = new FrameAssembler();
        bytes.CopyTo(strict.Room());
        strict.Filled(bytes.Length);
        string message = Assert.Throws<LinkException>(() => strict.TryTake(out _)).Message;
        Assert.Contains($"{long.MaxValue}", message, StringComparison.Ordinal);
        Assert.Contains($"{Protocol.LongestUnprovenFrame}", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_frame_out_of_its_turn_is_refused()
    {
        byte[] bytes = Wire.Stream(new Frame(FrameKind.Beat), new Frame(FrameKind.Beat));
        var assembler = new FrameAssembler();
        bytes.AsSpan(Protocol.FrameHeaderSize).CopyTo(assembler.Room().Span);
        assembler.Filled(bytes.Length - Protocol.FrameHeaderSize);
        Assert.Equal("Frame 1 came where frame 0 was due; the stream is damaged.", Assert.Throws<LinkException>(() => assembler.TryTake(out _)).Message);
    }

    private static byte[] Noise(Random random)
    {
        byte[] noise = new byte[random.Next(500)];
        random.NextBytes(noise);
        return noise;
    }

    /// <summary>Puts bytes through an assembler in pieces.</summary>
    private static (int Frames, bool Failed) Assemble(Random random, byte[] bytes, long longest)
    {
        var assembler = new FrameAssembler { LongestFrame = longest };
        int frames = 0;
        try
        {
            for (int at = 0; at < bytes.Length;)
            {
                Memory<byte> room = assembler.Room();
                int count = Math.Min(Math.Min(room.Length, 1 + random.Next(400)), bytes.Length - at);
                bytes.AsMemory(at, count).CopyTo(room);
                assembler.Filled(count);
                at += count;
                while (assembler.TryTake(out _))
                    frames++;
            }
            return (frames, false);
        }
        catch (LinkException)
        {
            return (frames, true);
        }
    }

    /// <summary>Whether a value came out. Fails the test for an exception that is not ours, and for memory out of proportion.</summary>
    private static bool Survives(string name, Frame like, byte[] bytes, Action<Frame> read)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            read(like with { Body = new Payload(bytes) });
            return true;
        }
        catch (Exception e) when (e is LinkException or PathosException)
        {
            return false;
        }
        catch (Exception e)
        {
            throw new Xunit.Sdk.XunitException($"{name} read {Convert.ToHexString(bytes)} and threw {e}");
        }
        finally
        {
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated < 400_000 + (200L * bytes.Length), $"{name} read {Convert.ToHexString(bytes)} and took {allocated} bytes.");
        }
    }

    /// <summary>Every body of the protocol, with who reads it.</summary>
    internal static IEnumerable<(string Name, Frame Frame, Action<Frame> Read)> Bodies()
    {
        var strided = new EncodedBlock(5, 3, 4, new Payload(new byte[12]));
        var varied = new EncodedBlock(7, Ends, 0, 4, 0, new Payload(new byte[14]));
        ItemFailure failure = ItemFailure.Of(9, 2, "node", new ArgumentException("It failed.", "x"));
        yield return ("Hello", Hello.Of(3, [new RankPlace("one", 1), new RankPlace("two", 2)], "MPICH").ToFrame(), f => Hello.Read(f));
        yield return ("Welcome", new Welcome(4, 30_000, true, "/tmp/running").ToFrame(), f => Welcome.Read(f.Reader()));
        yield return ("Farewell", new Farewell(FarewellReason.Broken, "It broke.").ToFrame(), f => Farewell.Read(f));
        yield return ("Items", TestFrames.Items(1, strided, true), f => TestFrames.ReadItems(f));
        yield return ("Items", TestFrames.Items(1, varied, false), f => Walk(TestFrames.ReadItems(f).Block));
        yield return ("Items", TestFrames.Items(1, (strided, true), (varied, false)), f =>
        {
            PayloadReader reader = f.Reader();
            do
                Walk(MapFrames.ReadItems(reader).Block);
            while (reader.Remaining > 0);
        });
        yield return ("Results", TwoRuns(strided, varied), f => TestFrames.ReadResults(f).ForEach(r => Walk((EncodedBlock)r.Block)));
        yield return ("Failure", MapFrames.Failure(1, failure), f => ItemFailure.Read(f.Reader()).ToException());
        yield return ("Returned", MapFrames.Returned(1, 5, 2), f => MapFrames.ReadReturned(f));
        yield return ("Credit", MapFrames.Credit(1, 100, 1000), f => MapFrames.ReadCredit(f));
        yield return ("FunctionReady", MapFrames.FunctionReady(1, new InvalidOperationException("No.")), f => MapFrames.ReadFunctionReady(f));
        yield return ("Output", MapFrames.Output(0, new RankOutputLine(1, "a line", true)), f => MapFrames.ReadOutput(f));
        yield return ("Function", TestFrames.Function(1), f => MapHeader.Read(f.Reader()));
        yield return ("MPI message", new Frame(FrameKind.Items, 1, TestFrames.ToMessage(TestFrames.Items(1, varied, false))), f => MpiFrames.ToFrame(f.Body));
        yield return ("Strings", new Frame(FrameKind.Items, 1, StringsBody()), f => BlockDecoder<string>.Decode(EncodedBlock.Read(f.Reader())));
        yield return ("Longs", new Frame(FrameKind.Items, 1, LongsBody()), f => BlockDecoder<long>.Decode(EncodedBlock.Read(f.Reader())));
    }

    private static void Walk(EncodedBlock block)
    {
        if (block.Count > 100_000)
            return;
        for (int i = 0; i < block.Count; i++)
            _ = block.Slice(block.First + i, 1).Bytes;
        _ = block.CountWithin(5);
    }

    private static Frame TwoRuns(EncodedBlock one, EncodedBlock two)
    {
        var writer = new PayloadWriter();
        foreach (EncodedBlock block in (EncodedBlock[])[one, two])
        {
            MapFrames.WriteResultsHeader(writer, block, new RankWork(1, 1000));
            writer.WriteBytes(block.Values);
        }
        return new Frame(FrameKind.Results, 1, writer.Detach());
    }

    private static Payload StringsBody() => Body(new BlockEncoder<string>().Encode(3, ["one", "two", "", "four"]));

    private static Payload LongsBody() => Body(new BlockEncoder<long>().Encode(3, [1, 2, 3]));

    private static Payload Body(EncodedBlock block)
    {
        var writer = new PayloadWriter();
        block.WriteHeader(writer);
        writer.WriteBytes(block.Values);
        return writer.Detach();
    }
}
