using NLog;

namespace PathosHpc;

/// <summary>The root's end of the session with a client outside of its job: listens, dials the client, looks into the job folder, and goes on
/// with whatever leads there.</summary>
internal sealed class ClientConnection : IDisposable
{
    private const int KeepMilliseconds = 100, LookMilliseconds = 1000;
    private static readonly TimeSpan OfferTime = TimeSpan.FromSeconds(30);
    private static readonly Logger Log = LogManager.GetLogger("PathosHpc.Links");
    private readonly WorldFolder folder;
    private readonly WorldRequest request;
    private readonly int number;
    private readonly LinkKey key;
    private readonly LinkListener listener;
    private readonly LinkAddresses? client;
    private readonly CancellationTokenSource stop = new();
    private Task dialing = Task.CompletedTask, looking = Task.CompletedTask;
    private int framesSeen;

    /// <param name="folder">Where client and world meet.</param>
    /// <param name="request">What the client asked for.</param>
    /// <param name="number">Which start of the world this is.</param>
    public ClientConnection(WorldFolder folder, WorldRequest request, int number)
    {
        (this.folder, this.request, this.number) = (folder, request, number);
        key = ReadKey(folder);
        string file = $"{folder.Path}/{WorldFolder.Client}";
        client = File.Exists(file) ? LinkAddresses.FromJson(File.ReadAllBytes(file)) : null;
        listener = new LinkListener(key, LinkRole.Worker, (stream, from) => _ = OfferAsync(stream, $"a connection from {from}"));
    }

    /// <summary>Opens a connection to nobody, while there is time.</summary>
    public static void Rehearse(WorldFolder folder)
    {
        if (!File.Exists($"{folder.Path}/{WorldFolder.Key}"))
            return;
        using LinkKey key = ReadKey(folder);
        LinkRehearsal.RunAsync(key).GetAwaiter().GetResult();
    }

    public Session Session { get; } = new(Guid.NewGuid());

    /// <summary>Begins, and lets the client know where.</summary>
    public void Start()
    {
        // It dials the client meanwhile: what this machine is called takes a while to be asked.
        new Thread(Keep) { IsBackground = true, Name = "pathos client" }.Start();
        var here = new LinkAddresses(Environment.MachineName, [], 0);
        if (request.Way != LinkWay.JobFolder)
            here = LinkAddresses.Here(listener.Start(request.Interface, request.PortRange), request.Interface, Environment.GetEnvironmentVariable("PATHOS_NODE"));
        folder.WriteAsync(WorldFolder.Endpoint(number), here.ToJson(), default).GetAwaiter().GetResult();
    }

    public void Dispose()
    {
        stop.Cancel();
        listener.Dispose();
        Session.Dispose();
    }

    private static LinkKey ReadKey(WorldFolder folder)
    {
        string path = $"{folder.Path}/{WorldFolder.Key}";
        try
        {
            return LinkKey.Read(File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LinkException($"The key of the connection cannot be read at {path} on {Environment.MachineName}: {e.Message} The folder must be one that login and compute nodes share, and must stay until the job has ended.", e);
        }
    }

    private void Keep()
    {
        var absence = new Silence(request.ClientGraceMilliseconds);
        long lastThere = Environment.TickCount64, lastLook = 0;
        // The client waits for the first call.
        for (int pause = 0; !stop.Token.WaitHandle.WaitOne(pause) && !Session.IsOver; pause = KeepMilliseconds)
        {
            Session.Keep();
            bool isThere = Session.Way is not null;
            if (isThere)
                lastThere = Environment.TickCount64;
            else if (absence.IsTooLong(lastThere))
                Session.End(new LinkException($"The client has been away for {request.ClientGraceMilliseconds / 1000.0:0.#} s (ClientGrace)."));
            if (isThere && !Session.IsOverFiles)
                continue;
            if (!isThere && client is not null && request.Way != LinkWay.JobFolder && dialing.IsCompleted)
                dialing = Task.Run(DialAsync);
            if (Environment.TickCount64 - lastLook > (request.Way == LinkWay.JobFolder && !isThere ? KeepMilliseconds : LookMilliseconds) && request.Way != LinkWay.Connection && looking.IsCompleted)
            {
                lastLook = Environment.TickCount64;
                looking = Task.Run(LookAsync);
            }
        }
    }

    private async Task DialAsync()
    {
        if (await LinkDialer.DialAsync(LocalHost.Instance, key, LinkRole.Worker, client!, stop.Token).ConfigureAwait(false) is { } open)
            await OfferAsync(open.Stream, $"a connection to {open.Address}").ConfigureAwait(false);
        else
            await Task.Delay(LookMilliseconds, stop.Token).ConfigureAwait(false);
    }

    /// <summary>Looks for files that the client offers.</summary>
    private async Task LookAsync()
    {
        try
        {
            HashSet<string> names = await folder.ListAsync(stop.Token).ConfigureAwait(false);
            int newest = framesSeen;
            while (names.Contains(WorldFolder.Frames(number, newest + 1)))
                newest++;
            if (newest == framesSeen)
                return;
            framesSeen = newest;
            string path = $"{folder.Path}/{WorldFolder.Frames(number, newest)}";
            _ = OfferAsync(new FolderStream(LocalHost.Instance, path, LinkRole.Worker), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or OperationCanceledException)
        {
            Log.Debug(e, "The job folder cannot be listed now.");
        }
    }

    private async Task OfferAsync(Stream stream, string way)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
        limit.CancelAfter(OfferTime);
        if (await SessionOpening.OfferAsync(Session, number, stream, way, isFiles: stream is FolderStream, limit.Token).ConfigureAwait(false))
            Log.Info("The client is reached by {Way}.", way);
    }
}
