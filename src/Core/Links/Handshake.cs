using System.Net.Sockets;
using System.Security.Cryptography;

namespace PathosHpc;

/// <summary>Opens a stream: both sides show their preamble, and prove with it that they know the token.</summary>
internal static class Handshake
{
    /// <summary>How long the whole of it may take, however the bytes drip.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>The side that was dialled. A stranger learns nothing from it: its proof goes only to those who proved themselves.</summary>
    /// <exception cref="LinkException">The other side does not know the token, or speaks another version.</exception>
    public static SocketCarrier Accept(Socket socket, LinkRole role, byte[] token) => Open(socket, role, token, proveFirst: false);

    /// <summary>The side that dials.</summary>
    /// <exception cref="LinkException">The other side does not know the token, or speaks another version.</exception>
    public static SocketCarrier Dial(Socket socket, LinkRole role, byte[] token) => Open(socket, role, token, proveFirst: true);

    /// <summary>The same over a stream that is not a bare socket.</summary>
    /// <exception cref="LinkException">The other side does not know the token, or speaks another version.</exception>
    public static async Task ProveAsync(Stream stream, LinkRole role, byte[] token, bool proveFirst, CancellationToken cancellationToken)
    {
        byte[] own = Protocol.Preamble(role), peer = new byte[Protocol.PreambleSize], proof = new byte[Protocol.ProofSize];
        await stream.WriteAsync(own, cancellationToken).ConfigureAwait(false);
        await stream.ReadExactlyAsync(peer, cancellationToken).ConfigureAwait(false);
        Protocol.Check(peer, role == LinkRole.Client ? LinkRole.Worker : LinkRole.Client);
        if (proveFirst)
            await stream.WriteAsync(Protocol.Proof(token, own, peer), cancellationToken).ConfigureAwait(false);
        await stream.ReadExactlyAsync(proof, cancellationToken).ConfigureAwait(false);
        if (!CryptographicOperations.FixedTimeEquals(proof, Protocol.Proof(token, peer, own)))
            throw new LinkException("The other side of the connection does not know this pool's token.");
        if (!proveFirst)
            await stream.WriteAsync(Protocol.Proof(token, own, peer), cancellationToken).ConfigureAwait(false);
    }

    private static SocketCarrier Open(Socket socket, LinkRole role, byte[] token, bool proveFirst)
    {
        long until = Environment.TickCount64 + (long)Patience.TotalMilliseconds;
        try
        {
            socket.Blocking = true;
            byte[] own = Protocol.Preamble(role);
            socket.Send(own);
            byte[] peer = Receive(socket, Protocol.PreambleSize, until);
            Protocol.Check(peer, role == LinkRole.Client ? LinkRole.Worker : LinkRole.Client);
            if (proveFirst)
                socket.Send(Protocol.Proof(token, own, peer));
            if (!CryptographicOperations.FixedTimeEquals(Receive(socket, Protocol.ProofSize, until), Protocol.Proof(token, peer, own)))
                throw new LinkException("The other side of the connection does not know this pool's token.");
            if (!proveFirst)
                socket.Send(Protocol.Proof(token, own, peer));
        }
        catch (SocketException e)
        {
            throw new LinkException($"The connection broke before it was open: {e.Message}.", e);
        }
        var carrier = new SocketCarrier(socket);
        carrier.Trust();
        return carrier;
    }

    private static byte[] Receive(Socket socket, int count, long until)
    {
        var bytes = new byte[count];
        for (int at = 0, got; at < count; at += got)
        {
            // A socket with a timeout has the runtime start a thread and an engine for it.
            SocketCalls.WaitForEither(socket, receive: true, send: false, null, (int)Math.Max(0, until - Environment.TickCount64));
            if (Environment.TickCount64 >= until)
                throw new LinkException($"The other side said nothing of its own for {Patience.TotalSeconds:0} s.");
            got = socket.Receive(bytes.AsSpan(at));
            if (got == 0)
                throw new LinkException("The other side closed the connection before it was open.");
        }
        return bytes;
    }
}
