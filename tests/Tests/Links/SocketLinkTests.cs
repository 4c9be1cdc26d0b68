using System.Collections.Concurrent;
using System.Net.Sockets;
using Xunit.Abstractions;

namespace PathosHpc.Tests;

/// <summary>Links to peers that know the token and then say what they should not: the link is lost with a sentence, the others end the map.</summary>
public sealed class SocketLinkTests(ITestOutputHelper output)
{
    private const int Items = 40;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static TheoryData<string, string> Hostile => new()
    {
        { "noise", "unknown kind" },
        { "an unknown kind", "unknown kind 200" },
        { "a frame out of turn", "was due" },
        { "a negative length", "was announced" },
        { "items", "which a client does not expect" },
        { "results that nobody asked for", "which it was not asked for" },
        { "results of another map's numbers", "which it was not asked for" },
        { "a block that contradicts itself", "impossible" },
        { "items back that it does not have", "which does not have them" },
        { "a truncated body", "truncated" },
        { "nothing more", "closed the connection" },
    };

    [Theory, MemberData(nameof(Hostile))]
    public async Task Garbage_costs_the_link_and_not_the_map(string kind, string sentence)
    {
        using var rig = new Rig();
        using Peer hostile = rig.Connect(0, Say(kind));
        Task<int[]> map = rig.Map(Items);
        (Farewell? farewell, string cause) = await rig.Lost.Task.WaitAsync(Patience);
        Assert.Null(farewell);
        Assert.Contains(sentence, cause, StringComparison.Ordinal);
        using Peer honest = rig.Connect(1, Peer.Answer);
        Assert.Equal(Enumerable.Range(1, Items), await map.WaitAsync(Patience));
    }

    [Fact]
    public async Task An_unreadable_cause_is_still_the_failure_of_its_item()
    {
        using var rig = new Rig();
        using Peer peer = rig.Connect(0, (carrier, frame) =>
        {
            var writer = new PayloadWriter();
            writer.WriteInt64(TestFrames.ReadItems(frame).Block.First);
            writer.WriteInt32(0);
            writer.WriteByte(1);
            writer.WriteString("node");
            writer.WriteBytes([0xFF, 0xFF, 0xFF]);
            carrier.Send(new Frame(FrameKind.Failure, frame.Map, writer.Detach()));
        });
        var failure = await Assert.ThrowsAsync<ItemFailedException>(() => rig.Map(1)).WaitAsync(Patience);
        Assert.Contains("cannot be read", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Results_of_another_type_end_the_map()
    {
        using var rig = new Rig();
        using Peer peer = rig.Connect(0, (carrier, frame) =>
        {
            EncodedBlock asked = TestFrames.ReadItems(frame).Block;
            carrier.Send(TestFrames.Results(frame.Map, new EncodedBlock(asked.First, asked.Count, 8, new Payload(new byte[8 * asked.Count])), new RankWork(0, 1)));
        });
        var error = await Assert.ThrowsAsync<MalformedPayloadException>(() => rig.Map(1)).WaitAsync(Patience);
        Assert.Contains("stride", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Results_ahead_of_a_wrong_run_are_kept()
    {
        using var rig = new Rig();
        int asked = 0;
        using Peer hostile = rig.Connect(0, (carrier, frame) =>
        {
            if (asked++ > 0)
                return;
            var writer = new PayloadWriter();
            EncodedBlock right = Peer.Results(TestFrames.ReadItems(frame).Block);
            foreach (EncodedBlock block in (EncodedBlock[])[right, new(1_000_000, 1, 4, new Payload(new byte[4]))])
            {
                MapFrames.WriteResultsHeader(writer, block, new RankWork(0, 1));
                writer.WriteBytes(block.Values);
            }
            carrier.Send(new Frame(FrameKind.Results, frame.Map, writer.Detach()));
        });
        Task<int[]> map = rig.Map(Items);
        await rig.Lost.Task.WaitAsync(Patience);
        using Peer honest = rig.Connect(1, Peer.Answer);
        Assert.Equal(Enumerable.Range(1, Items), await map.WaitAsync(Patience));
    }

    [Fact]
    public async Task Damaged_answers_end_in_results_or_an_error_but_never_in_a_hang()
    {
        const int Cases = 150;
        int ended = 0, lost = 0;
        for (int seed = 0; seed < Cases; seed++)
        {
            var random = new Random(seed);
            using var rig = new Rig();
            using Peer hostile = rig.Connect(0, (carrier, frame) =>
            {
                Frame right = TestFrames.Results(frame.Map, Peer.Results(TestFrames.ReadItems(frame).Block), new RankWork(0, 1));
                Peer.SendRaw(carrier, Wire.Damage(random, Wire.Stream(right)));
                carrier.Socket.Shutdown(SocketShutdown.Both);
            });
            Task<int[]> map = rig.Map(3);
            if (await Task.WhenAny(map, rig.Lost.Task).WaitAsync(Patience) == map && map.IsFaulted)
            {
                ended++;
                Assert.IsType<MalformedPayloadException>(map.Exception?.InnerException, exactMatch: false);
                continue;
            }
            using Peer honest = rig.Connect(1, Peer.Answer);
            Assert.Equal(3, (await map.WaitAsync(Patience)).Length);
            lost++;
        }
        output.WriteLine($"{Cases} damaged answers: {lost} maps were ended by another worker, {ended} ended with an error.");
    }

    [Fact]
    public async Task Whoever_is_silent_for_too_long_is_lost()
    {
        using var rig = new Rig(heartbeatMilliseconds: 300);
        using Peer silent = rig.Connect(0, (_, _) => { });
        Task<int[]> map = rig.Map(5);
        (_, string cause) = await rig.Lost.Task.WaitAsync(Patience);
        Assert.Equal("There was no sign of life for 0.3 s (HeartbeatTimeout).", cause);
        rig.Engine.EndAll(static () => new OperationCanceledException());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => map);
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task The_end_of_a_map_is_told_whether_results_or_the_caller_ended_it(bool byResults)
    {
        using var rig = new Rig();
        using Peer peer = rig.Connect(0, byResults ? Peer.Answer : (_, _) => rig.Engine.EndAll(static () => new OperationCanceledException()));
        Task<int[]> map = rig.Map(Items);
        await Task.WhenAny(map).WaitAsync(Patience);
        Assert.Equal(byResults, map.IsCompletedSuccessfully);
        await peer.Told(FrameKind.Cancel).WaitAsync(Patience);
    }

    [Fact]
    public async Task A_map_that_has_just_ended_is_told_of_ahead_of_goodbye()
    {
        using var rig = new Rig();
        using Peer peer = rig.Connect(0, Peer.Answer);
        await rig.Map(Items).WaitAsync(Patience);
        rig.SayBye();
        await peer.Told(FrameKind.Bye).WaitAsync(Patience);
        Assert.True(peer.Told(FrameKind.Cancel).IsCompletedSuccessfully);
    }

    private static Action<SocketCarrier, Frame> Say(string kind) => (carrier, frame) =>
    {
        var random = new Random(5);
        byte[] noise = new byte[2000];
        random.NextBytes(noise);
        noise[0] = 99;
        switch (kind)
        {
            case "noise":
                Peer.SendRaw(carrier, noise);
                break;
            case "an unknown kind":
                Peer.SendRaw(carrier, [200, .. new byte[23]]);
                break;
            case "a frame out of turn":
                Peer.SendRaw(carrier, [13, 0, 0, 0, 0, 0, 0, 0, 5, .. new byte[15]]);
                break;
            case "a negative length":
                Peer.SendRaw(carrier, [13, .. new byte[15], 255, 255, 255, 255, 255, 255, 255, 255]);
                break;
            case "items":
                carrier.Send(frame);
                break;
            case "results that nobody asked for":
                carrier.Send(TestFrames.Results(frame.Map, new EncodedBlock(1_000_000, 1, 4, new Payload(new byte[4])), new RankWork(0, 1)));
                break;
            case "results of another map's numbers":
                carrier.Send(TestFrames.Results(frame.Map, new EncodedBlock(0, int.MaxValue, 0, Payload.Empty), new RankWork(0, 1)));
                break;
            case "a block that contradicts itself":
                carrier.Send(new Frame(FrameKind.Results, frame.Map, new Payload(new byte[60])));
                break;
            case "items back that it does not have":
                carrier.Send(MapFrames.Returned(frame.Map, 500, 5));
                break;
            case "a truncated body":
                carrier.Send(new Frame(FrameKind.Credit, frame.Map, new Payload(new byte[3])));
                break;
            default:
                carrier.Dispose();
                break;
        }
    };

    /// <summary>An engine like a process pool's, over links to peers that tests play.</summary>
    private sealed class Rig(int heartbeatMilliseconds = 20_000) : IDisposable
    {
        private readonly List<SocketLink> links = [];

        public PoolEngine Engine { get; } = new(new Coordinator(), new StatisticsCollector(), encode: true, targetSeconds: 1e-3);

        public TaskCompletionSource<(Farewell?, string)> Lost { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<int[]> Map(int count)
        {
            MapRequest<int, int> request = MapRequest<int, int>.Check(new SyncFunction<int, int>(x => x + 1), Enumerable.Range(0, count).ToArray(), null, default);
            PoolEngine.Ship(request);
            var run = new ArrayRun<int>(request.Options, Engine.Collector, count);
            Engine.Start(request, run);
            return run.Task;
        }

        public Peer Connect(int rank, Action<SocketCarrier, Frame> onItems)
        {
            (Socket one, Socket other) = Wire.Pair();
            var carrier = new SocketCarrier(one);
            carrier.Trust();
            var link = new SocketLink(carrier, Engine.Coordinator, heartbeatMilliseconds) { FirstRank = rank, Width = 1, Output = _ => { }, Lost = OnLost };
            links.Add(link);
            Engine.Coordinator.Add(link);
            link.Start();
            return new Peer(other, onItems);
        }

        public void SayBye() => links.ForEach(l => l.SayBye());

        public void Dispose() => links.ForEach(l => l.Dispose());

        private void OnLost(SocketLink link, Farewell? farewell, string cause)
        {
            Engine.Coordinator.Remove(link, new LinkLoss(cause, IsBlameless: false, [], CulpritIsKnown: true));
            Lost.TrySetResult((farewell, cause));
        }
    }

    /// <summary>The other end of a link, on a thread of its own.</summary>
    private sealed class Peer : IDisposable
    {
        private readonly SocketCarrier carrier;
        private readonly ConcurrentDictionary<FrameKind, TaskCompletionSource> told = new();

        public Peer(Socket socket, Action<SocketCarrier, Frame> onItems)
        {
            carrier = new SocketCarrier(socket);
            carrier.Trust();
            new Thread(() => Serve(onItems)) { IsBackground = true, Name = "test peer" }.Start();
        }

        /// <summary>Completes when a frame of that kind has come.</summary>
        public Task Told(FrameKind kind) => Telling(kind).Task;

        public static void Answer(SocketCarrier carrier, Frame items) =>
            carrier.Send(TestFrames.Results(items.Map, Results(TestFrames.ReadItems(items).Block), new RankWork(1, 1000)));

        public static EncodedBlock Results(EncodedBlock items) =>
            new BlockEncoder<int>().Encode(items.First, BlockDecoder<int>.Decode(items).Values.ToArray().Select(x => x + 1).ToArray());

        public static void SendRaw(SocketCarrier carrier, byte[] bytes)
        {
            for (int at = 0; at < bytes.Length;)
                at += carrier.Socket.Send(bytes.AsSpan(at));
        }

        public void Dispose() => carrier.Dispose();

        private TaskCompletionSource Telling(FrameKind kind) => told.GetOrAdd(kind, static _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

        /// <summary>Takes each chunk of a frame for itself.</summary>
        private void Each(Frame items, Action<SocketCarrier, Frame> onItems)
        {
            PayloadReader reader = items.Reader();
            do
            {
                (EncodedBlock chunk, bool mayReturn) = MapFrames.ReadItems(reader);
                onItems(carrier, TestFrames.Items(items.Map, chunk, mayReturn));
            }
            while (reader.Remaining > 0);
        }

        private void Serve(Action<SocketCarrier, Frame> onItems)
        {
            try
            {
                while (true)
                {
                    carrier.WaitToReceive(100);
                    while (carrier.TryReceive(out Frame frame))
                    {
                        if (frame.Kind == FrameKind.Items)
                            Each(frame, onItems);
                        Telling(frame.Kind).TrySetResult();
                    }
                }
            }
            catch (Exception e) when (e is LinkException or SocketException or ObjectDisposedException)
            {
                // The link has ended, as tests mean it to.
            }
        }
    }
}
