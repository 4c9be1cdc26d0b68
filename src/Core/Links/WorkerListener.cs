using System.Net.Sockets;
using NLog;

namespace PathosHpc;

/// <summary>Lets workers in that know the token, each on a thread of its own, so that one who connects and says nothing keeps nobody waiting.</summary>
/// <param name="joined">Called with each worker that is let in. What it throws as a <see cref="LinkException"/> turns the worker away.</param>
/// <param name="refused">Called with the sentence why a worker of this pool cannot serve it.</param>
internal sealed class WorkerListener(Rendezvous rendezvous, Action<SocketCarrier, Hello> joined, Action<string> refused) : IDisposable
{
    private const int HelloMilliseconds = 10_000;
    private static readonly Logger Log = LogManager.GetLogger("PathosHpc.Links");
    private readonly byte[] token = rendezvous.ReadToken();
    private Socket? listener;
    private volatile bool closed;

    /// <summary>Starts to listen.</summary>
    /// <exception cref="IOException">No socket can be made.</exception>
    public void Start(int backlog)
    {
        listener = rendezvous.Listen(backlog);
        new Thread(Accept) { IsBackground = true, Name = "pathos accept" }.Start();
    }

    public void Dispose()
    {
        closed = true;
        listener?.Dispose();
    }

    private void Accept()
    {
        while (true)
        {
            Socket socket;
            try
            {
                // To end a wait costs nothing; to end an accept, an exception.
                SocketCalls.WaitForEither(listener!, receive: true, send: false, null, Timeout.Infinite);
                if (closed)
                    return;
                socket = listener!.Accept();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                if (closed)
                    return;
                // Out of descriptors, most likely: those who say nothing are turned away soon.
                Log.Warn(e, "A connection could not be accepted.");
                Thread.Sleep(100);
                continue;
            }
            new Thread(() => Join(socket)) { IsBackground = true, Name = "pathos join" }.Start();
        }
    }

    private void Join(Socket socket)
    {
        try
        {
            SocketCarrier carrier = Handshake.Accept(socket, LinkRole.Client, token);
            Hello hello = AwaitHello(carrier);
            if (hello.Objection() is { } objection)
            {
                carrier.Send(new Farewell(FarewellReason.Broken, objection).ToFrame());
                carrier.Dispose();
                refused(objection);
                return;
            }
            joined(carrier, hello);
        }
        catch (Exception e) when (e is LinkException or MalformedPayloadException or IOException or SocketException or ObjectDisposedException)
        {
            Log.Debug(e, "Someone connected who is no worker of this pool.");
            socket.Dispose();
        }
    }

    private static Hello AwaitHello(SocketCarrier carrier)
    {
        for (long until = Environment.TickCount64 + HelloMilliseconds; Environment.TickCount64 < until; carrier.WaitToReceive(100))
        {
            if (carrier.TryReceive(out Frame frame))
                return frame.Kind == FrameKind.Hello ? Hello.Read(frame) : throw new LinkException($"A frame of kind {frame.Kind} came ahead of the worker's hello.");
        }
        throw new LinkException("A worker connected and said nothing for 10 s.");
    }
}
