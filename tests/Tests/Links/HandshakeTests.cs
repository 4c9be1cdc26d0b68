using System.Diagnostics;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Xunit.Abstractions;

namespace PathosHpc.Tests;

/// <summary>Who may open a stream, and what those hear who may not.</summary>
public sealed class HandshakeTests(ITestOutputHelper output)
{
    private static readonly byte[] Token = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];

    [Fact]
    public async Task Two_sides_with_the_token_open_a_stream()
    {
        (Socket one, Socket other) = Wire.Pair();
        Task<SocketCarrier> accepted = Task.Run(() => Handshake.Accept(one, LinkRole.Client, Token));
        using SocketCarrier worker = Handshake.Dial(other, LinkRole.Worker, Token);
        using SocketCarrier client = await accepted;
        worker.Send(MapFrames.Returned(3, 5, 7));
        Frame frame;
        while (!client.TryReceive(out frame))
            client.WaitToReceive(100);
        Assert.Equal((5, 7), MapFrames.ReadReturned(frame));
    }

    [Fact]
    public void Another_version_is_told_with_both()
    {
        byte[] later = Protocol.Preamble(LinkRole.Worker);
        (later[8], later[10]) = (9, 7);
        string message = Refused(later);
        Assert.Equal("This side speaks version 1 of the protocol (and reads 1 and later), the other side version 9 (and reads 7 and later). "
            + "Use the same version of PathosHpc on both sides.", message);
        later[10] = 1;
        Assert.Contains("closed the connection", Refused(later), StringComparison.Ordinal);
    }

    [Fact]
    public void Who_speaks_something_else_is_told_so()
    {
        Assert.Equal("The other side of the connection does not speak the protocol of PathosHpc.",
            Refused(Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n")));
        Assert.Equal("The other side closed the connection before it was open.", Refused([]));
        Assert.Contains("its role is 1, but 2 was expected", Refused(Protocol.Preamble(LinkRole.Client)), StringComparison.Ordinal);
        Assert.Contains("does not know this pool's token", Refused([.. Protocol.Preamble(LinkRole.Worker), .. RandomNumberGenerator.GetBytes(32)]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_listening_side_proves_nothing_to_who_cannot_prove_himself()
    {
        (Socket one, Socket other) = Wire.Pair();
        Task accepting = Task.Run(() => Assert.Throws<LinkException>(() => Handshake.Accept(one, LinkRole.Client, Token)));
        other.Send([.. Protocol.Preamble(LinkRole.Worker), .. new byte[32]]);
        await accepting;
        one.Dispose();
        Assert.Equal(Protocol.PreambleSize, ReadAll(other).Length);
        other.Dispose();
    }

    [Fact]
    public async Task A_listener_without_the_token_is_found_out()
    {
        (Socket one, Socket other) = Wire.Pair();
        Task<LinkException> accepting = Task.Run(() => Assert.Throws<LinkException>(() => { Handshake.Accept(one, LinkRole.Client, new byte[32]); }));
        Task<LinkException> dialling = Task.Run(() => Assert.Throws<LinkException>(() => Handshake.Dial(other, LinkRole.Worker, Token)));
        Assert.Contains("token", (await accepting).Message, StringComparison.Ordinal);
        one.Dispose();
        Assert.Contains("closed the connection", (await dialling).Message, StringComparison.Ordinal);
        other.Dispose();
    }

    [Fact]
    public async Task What_was_overheard_opens_nothing()
    {
        (Socket one, Socket other) = Wire.Pair();
        Task<SocketCarrier> accepted = Task.Run(() => Handshake.Accept(one, LinkRole.Client, Token));
        byte[] own = Protocol.Preamble(LinkRole.Worker), peer = new byte[Protocol.PreambleSize];
        other.Send(own);
        for (int at = 0; at < peer.Length;)
            at += other.Receive(peer.AsSpan(at));
        byte[] proof = Protocol.Proof(Token, own, peer);
        other.Send(proof);
        (await accepted).Dispose();
        other.Dispose();

        Assert.Contains("does not know this pool's token", Refused([.. own, .. proof]), StringComparison.Ordinal);
        // And the listening side's own words are no proof of the dialling side's.
        Assert.Contains("does not know this pool's token", Refused([.. own, .. Protocol.Proof(Token, peer, own)]), StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_handshakes_are_refused()
    {
        const int Cases = 2000;
        var random = new Random(21);
        byte[] shown = [.. Protocol.Preamble(LinkRole.Worker), .. new byte[Protocol.ProofSize], .. Wire.Stream(new Frame(FrameKind.Beat))];
        var watch = Stopwatch.StartNew();
        for (int i = 0; i < Cases; i++)
            Refused(Wire.Damage(random, shown));
        output.WriteLine($"{Cases} handshakes refused in {watch.Elapsed.TotalSeconds:0.0} s.");
    }

    /// <summary>Shows bytes to a listening side that expects a worker, and gives its sentence.</summary>
    private static string Refused(byte[] shown)
    {
        (Socket one, Socket other) = Wire.Pair();
        using (one)
        using (other)
        {
            other.Send(shown);
            other.Shutdown(SocketShutdown.Send);
            return Assert.Throws<LinkException>(() => Handshake.Accept(one, LinkRole.Client, Token)).Message;
        }
    }

    private static byte[] ReadAll(Socket socket)
    {
        var bytes = new List<byte>();
        byte[] room = new byte[4096];
        for (int got; (got = socket.Receive(room)) > 0;)
            bytes.AddRange(room.AsSpan(0, got));
        return [.. bytes];
    }
}
