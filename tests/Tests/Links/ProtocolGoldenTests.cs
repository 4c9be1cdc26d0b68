using System.Net.Sockets;
using System.Text;

namespace PathosHpc.Tests;

/// <summary>The bytes of protocol version 1, made apart from this code (see docs/PROTOCOL.md). A change here is a change of the protocol:
/// give it a new version.</summary>
public sealed class ProtocolGoldenTests
{
    private const string Block = "080000000000000002000000040000000800000000000000" + "0100000002000000";

    private static readonly EncodedBlock Numbers = new(8, 2, 4, new Payload(Convert.FromHexString("0100000002000000")));

    [Fact]
    public void A_preamble_is_46_bytes()
    {
        byte[] client = Protocol.Preamble(LinkRole.Client), worker = Protocol.Preamble(LinkRole.Worker);
        Assert.Equal((46, 46), (client.Length, worker.Length));
        Assert.Equal("504154484F534850" + "0100" + "0100" + "01" + "00", Convert.ToHexString(client.AsSpan(0, 14)));
        Assert.Equal("504154484F534850" + "0100" + "0100" + "02" + "00", Convert.ToHexString(worker.AsSpan(0, 14)));
        Assert.NotEqual(client[14..], Protocol.Preamble(LinkRole.Client)[14..]);
    }

    [Fact]
    public void A_proof_is_over_both_preambles_the_provers_first()
    {
        byte[] client = Preamble(1, 0), worker = Preamble(2, 32), token = [.. Enumerable.Range(100, 32).Select(i => (byte)i)];
        Assert.Equal("AED6E785463A0AA443A7284B4F3EB622129B9571F458F7750EE25F97D7E243A6", Convert.ToHexString(Protocol.Proof(token, worker, client)));
        Assert.Equal("02E06AF2E6A4C1880E0CAC7C64A209342049E1E5344862FE8CBF2B3217485264", Convert.ToHexString(Protocol.Proof(token, client, worker)));
    }

    [Fact]
    public void Every_kind_of_frame_has_its_bytes()
    {
        var hello = new Hello("1.2.3", new Guid("00112233-4455-6677-8899-aabbccddeeff"), "10.0.0", "Linux X64", "MPICH", 3, [new RankPlace("one", 7)]);
        Is("010000000000000000000000000000003D00000000000000" + "0B312E322E33" + "33221100554477668899AABBCCDDEEFF" + "0D31302E302E30"
            + "134C696E757820583634" + "0B4D50494348" + "03000000" + "01000000" + "076F6E65" + "07000000", hello.ToFrame());
        Is("010000000000000000000000000000000C00000000000000" + "04000000" + "30750000" + "01" + "052F72", new Welcome(4, 30_000, true, "/r").ToFrame());
        Is("030000000600000000000000000000001000000000000000" + "0001000000000000" + "0000100000000000", MapFrames.Credit(6, 256, 1 << 20));
        Is("050000000600000000000000000000000000000000000000", MapFrames.FunctionReady(6, null));
        Is("060000000600000000000000000000002100000000000000" + "01" + Block, TestFrames.Items(6, Numbers, mayReturn: true));
        Is("060000000600000000000000000000002500000000000000" + "00" + "0800000000000000" + "02000000" + "FCFFFFFF" + "03000000" + "04000000" + "0400000000000000"
            + "054869" + "01", TestFrames.Items(6, new BlockEncoder<string>().Encode(8, ["Hi", ""]), mayReturn: false));
        Is("060000000600000000000000000000004200000000000000" + "01" + Block + "00" + Block, TestFrames.Items(6, (Numbers, true), (Numbers, false)));
        Is("070000000600000000000000000000002C00000000000000" + "02000000" + "E803000000000000" + Block, TestFrames.Results(6, Numbers, new RankWork(2, 1000)));
        Is("090000000600000000000000000000000C00000000000000" + "0800000000000000" + "02000000", MapFrames.Returned(6, 8, 2));
        Is("0A0000000000000000000000000000000A00000000000000" + "02000000" + "01" + "096C696E65", MapFrames.Output(0, new RankOutputLine(2, "line", true)));
        Is("0C0000000600000000000000000000000000000000000000", new Frame(FrameKind.Cancel, 6));
        Is("0D0000000000000000000000000000000000000000000000", new Frame(FrameKind.Beat));
        Is("100000000600000000000000000000000200000000000000" + "0708", new Frame(FrameKind.FunctionPart, 6, new Payload(new byte[] { 7, 8 })));
        Is("0E0000000000000000000000000000000A00000000000000" + "04" + "09676F6E65" + "02000000", new Farewell(FarewellReason.RankLost, "gone", 2).ToFrame());
    }

    [Fact]
    public void A_failure_begins_with_item_rank_kind_and_node()
    {
        ItemFailure failure = ItemFailure.Of(9, 2, "node", new TimeoutException("late"), ItemFailureKind.TimedOut);
        Assert.StartsWith("0900000000000000" + "02000000" + "03" + "096E6F6465" + "2F53797374656D2E54696D656F7574457863657074696F6E" + "096C617465",
            Convert.ToHexString(MapFrames.Failure(6, failure).Body.ToArray()), StringComparison.Ordinal);
    }

    [Fact]
    public void A_function_frame_begins_with_the_maps_options()
    {
        var header = new MapHeader { Total = 10, ChunkSize = 3, StopsOnFailure = true, ItemTimeout = TimeSpan.FromSeconds(2), Seed = 5, Culture = "en-US", UICulture = "de-DE", TimeZone = "UTC", ArrayBytes = 256, ExpectedSeconds = 0.5 };
        var writer = new PayloadWriter();
        header.Write(writer);
        Assert.Equal("0A00000000000000" + "00" + "03000000" + "01" + "01000000" + "002D310100000000" + "0500000000000000" + "0B656E2D5553" + "0B64652D4445" + "07555443" + "0001000000000000" + "000000000000E03F",
            Convert.ToHexString(writer.Detach().ToArray()));
    }

    [Fact]
    public void Over_MPI_a_frame_is_kind_map_and_body()
    {
        Payload message = TestFrames.ToMessage(TestFrames.Items(6, Numbers, mayReturn: true));
        Assert.Equal("0600000006000000" + "01" + Block, Convert.ToHexString(message.ToArray()));
    }

    [Fact]
    public void Kinds_keep_their_numbers()
    {
        Assert.Equal("Hello=1 Credit=3 Function=4 FunctionReady=5 Items=6 Results=7 Failure=8 Returned=9 Output=10 Log=11 Cancel=12 Beat=13 Bye=14 Ack=15 FunctionPart=16",
            string.Join(' ', Enum.GetValues<FrameKind>().Select(k => $"{k}={(int)k}")));
        Assert.Equal("Done=1 Abandoned=2 Broken=3 RankLost=4 ClientLost=5 Idle=6", string.Join(' ', Enum.GetValues<FarewellReason>().Select(k => $"{k}={(int)k}")));
        Assert.Equal("Threw=1 CannotShip=2 TimedOut=3 KilledItsRank=4", string.Join(' ', Enum.GetValues<ItemFailureKind>().Select(k => $"{k}={(int)k}")));
        Assert.Equal((1, 1), (Protocol.Version, Protocol.LeastVersion));
    }

    private static byte[] Preamble(byte role, int nonce) =>
        [.. Encoding.ASCII.GetBytes("PATHOSHP"), 1, 0, 1, 0, role, 0, .. Enumerable.Range(nonce, 32).Select(i => (byte)i)];

    /// <summary>What a carrier sends for the frame, as the first of its stream.</summary>
    private static void Is(string hex, Frame frame)
    {
        (Socket one, Socket other) = Wire.Pair();
        using (other)
        {
            using (var carrier = new SocketCarrier(one))
                Assert.True(carrier.Send(frame));
            var bytes = new byte[4096];
            int count = 0;
            for (int got; (got = other.Receive(bytes.AsSpan(count))) > 0;)
                count += got;
            Assert.Equal(hex, Convert.ToHexString(bytes.AsSpan(0, count)));
        }
    }
}
