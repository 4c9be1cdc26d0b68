namespace PathosHpc;

/// <summary>Workers that a server gives to a pool: as many as are free when it comes.</summary>
/// <param name="name">The server's name, for people and statistics.</param>
/// <param name="wanted">How many at most; null for all.</param>
/// <param name="dialAsync">Connects to it.</param>
/// <param name="commandAsync">Makes the command of their host there, of its arguments.</param>
internal sealed class ServerSite(string name, int? wanted, Func<CancellationToken, Task<ServerConnection>> dialAsync, Func<ServerConnection, string[], CancellationToken, Task<HostCommand>> commandAsync)
    : WorkerSite(name, 0)
{
    private ServerConnection? connection;
    private int given;

    /// <summary>The server of a name or token file here. A program goes over as files only if the server is on another machine.</summary>
    public static ServerSite Here(string server) => new(server.Contains('/', StringComparison.Ordinal) ? Path.GetFileNameWithoutExtension(server) : server, null,
        cancellationToken => ServerConnection.OpenAsync(server, cancellationToken), async (connection, arguments, cancellationToken) =>
        {
            if (ServerFile.Read(server).IsFar)
                return (await ApplicationStage.BringAsync(new StagingPlace(connection.Machine, null, connection.RunAsync), forNodes: false, cancellationToken).ConfigureAwait(false)).Command(typeof(Pool).Assembly, arguments);
            (IReadOnlyList<string> command, IReadOnlyDictionary<string, string> variables) = WorkerProgram.Command(typeof(Pool).Assembly, arguments);
            return new HostCommand(command) { Variables = variables };
        });

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
            Stream stream = await reserved.StartAsync(await commandAsync(reserved, Arguments(given, poolSize), cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
            return new StartedWorkers(stream, given, reserved.AwaitStartAsync, () => Task.CompletedTask);
        }
        catch
        {
            await reserved.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
