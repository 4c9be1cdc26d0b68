using System.Net.Sockets;

namespace PathosHpc;

/// <summary>Opens a connection from this process to itself, for nothing: sockets, proofs and frames are loaded and compiled by the first one, and a client that waits
/// for its ranks, or a rank that waits for MPI, has time for that.</summary>
internal static class SocketRehearsal
{
    /// <summary>Does so. Whatever is wrong is said where it matters.</summary>
    public static void Run()
    {
        if (!OperatingSystem.IsLinux())
            return;
        var address = new UnixDomainSocketEndPoint($"\0pathos-rehearsal.{Environment.ProcessId}.{Environment.TickCount64}");
        Socket listener = NewSocket();
        listener.Bind(address);
        listener.Listen(1);
        Socket near = NewSocket();
        near.Connect(address);
        Socket far = listener.Accept();
        var answers = new Thread(() => Answer(far)) { IsBackground = true, Name = "pathos rehearsal" };
        answers.Start();
        SocketCarrier carrier = Handshake.Dial(near, LinkRole.Worker, new byte[Protocol.TokenSize]);
        carrier.WaitForEither(100, listener);
        carrier.TryReceive(out _);
        answers.Join();
        Array.ForEach([listener, near, far], SocketCalls.Close);
    }

    private static void Answer(Socket far)
    {
        try
        {
            SocketCarrier carrier = Handshake.Accept(far, LinkRole.Client, new byte[Protocol.TokenSize]);
            carrier.Send(new Frame(FrameKind.Beat));
        }
        catch (LinkException)
        {
            // The dialling side is told the same.
        }
    }

    private static Socket NewSocket() => new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
}
