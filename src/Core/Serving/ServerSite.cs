namespace PathosHpc;

/// <summary>Workers that a server gives to a pool: as many as are free when it comes.</summary>
/// <param name="name">The server's name, for people and statistics.</param>
/// <param name="wanted">How many at most; null for all.</param>
/// <param name="host">The host that it runs on, when that is reached otherwise than through the server.</param>
/// <param name="dialAsync">Connects to it.</param>
/// <param name="isFar">Whether it is on a machine that does not have the files of this one.</param>
internal sealed class ServerSite(string name, int? wanted, ClusterHost? host, Func<CancellationToken, Task<ServerConnection>> dialAsync, Func<bool> isFar) : WorkerSite(name, 0)
{
    private ServerConnection? connection;
    private int given;

    public override bool IsFar => true;

    /// <summary>The server of a name or token file here.</summary>
    public static ServerSite Here(string server) => new(server.Contains('/', StringComparison.Ordinal) ? Path.GetFileNameWithoutExtension(server) : server, null, null,
        cancellationToken => ServerConnection.OpenAsync(server, cancellationToken), () => ServerFile.Read(server).IsFar);

    public override async Task CountAsync(CancellationToken cancellationToken)
    {
        ServerConnection opened = await dialAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // Its numbers are for as many as it had the first time.
            given = await opened.ReserveAsync(Workers > 0 ? Workers : wanted, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await opened.DisposeAsync().ConfigureAwait(false);
            throw;
        }
        connection = opened;
        if (Workers == 0)
            Workers = given;
    }

    public override async Task<StartedWorkers> StartAsync(int poolSize, Action<string> printed, CancellationToken cancellationToken)
    {
        ServerConnection reserved = connection!;
        try
        {
            Stream stream = await reserved.StartAsync(await CommandAsync(reserved, Arguments(given, poolSize), cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
            return new StartedWorkers(stream, given, reserved.AwaitStartAsync, () => Task.CompletedTask);
        }
        catch
        {
            await reserved.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public override void Forget()
    {
        // What was reserved and not started is given back.
        _ = connection?.DisposeAsync().AsTask();
        connection = null;
    }

    public override async Task BringAsync(IReadOnlyList<StagedFile> files, CancellationToken cancellationToken)
    {
        if (!isFar())
            return;
        if (host is not null)
        {
            await new HostCache(host).StageAsync(files, cancellationToken).ConfigureAwait(false);
            return;
        }
        await using ServerConnection opened = await dialAsync(cancellationToken).ConfigureAwait(false);
        await new HostCache(PlaceOf(opened)).StageAsync(files, cancellationToken).ConfigureAwait(false);
    }

    public override async Task FetchAsync(string path, string target, CancellationToken cancellationToken)
    {
        if (host is not null || !isFar())
        {
            await (host ?? LocalHost.Instance).GetFileAsync(path, target, cancellationToken).ConfigureAwait(false);
            return;
        }
        await using ServerConnection opened = await dialAsync(cancellationToken).ConfigureAwait(false);
        await using var file = new FileStream(target, FileMode.Create, FileAccess.Write);
        for (int count = WorkerServer.LongestPiece; count == WorkerServer.LongestPiece;)
        {
            byte[] piece = await opened.FetchAsync(path, file.Position, WorkerServer.LongestPiece, cancellationToken).ConfigureAwait(false);
            await file.WriteAsync(piece, cancellationToken).ConfigureAwait(false);
            count = piece.Length;
        }
    }

    private async Task<HostCommand> CommandAsync(ServerConnection reserved, string[] arguments, CancellationToken cancellationToken)
    {
        if (isFar())
            return (await ApplicationStage.BringAsync(host is null ? PlaceOf(reserved) : host, forNodes: false, cancellationToken).ConfigureAwait(false)).Command(typeof(Pool).Assembly, arguments);
        (IReadOnlyList<string> command, IReadOnlyDictionary<string, string> variables) = WorkerProgram.Command(typeof(Pool).Assembly, arguments);
        // The server itself may have been brought to its machine; this program was not.
        return new HostCommand(command) { Variables = new Dictionary<string, string>(variables) { [CacheFolder.Variable] = "" } };
    }

    private static StagingPlace PlaceOf(ServerConnection opened) => new(opened.Machine, null, opened.RunAsync);
}
