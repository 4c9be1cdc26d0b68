namespace PathosHpc;

/// <summary>Where a host of workers can be started: on this machine, over ssh, by a server.</summary>
/// <param name="name">Its name, for people and statistics.</param>
/// <param name="workers">Workers there; 0 when that has to be found out.</param>
internal abstract class WorkerSite(string name, int workers)
{
    public string Name => name;

    /// <summary>Workers there; 0 until it is known.</summary>
    public int Workers { get; protected set; } = workers;

    /// <summary>Number of its first worker; -1 until it has one.</summary>
    public int FirstRank { get; set; } = -1;

    /// <summary>Finds out how many workers there are, if that is not known, and takes them if they have to be taken.</summary>
    public virtual Task CountAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Starts the host of workers, with the program brought there first.</summary>
    /// <param name="poolSize">Workers of the whole pool.</param>
    /// <param name="printed">Told of what it prints.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public abstract Task<StartedWorkers> StartAsync(int poolSize, Action<string> printed, CancellationToken cancellationToken);

    /// <summary>Lets the application be brought there anew: somebody may have removed it.</summary>
    public virtual void Forget() { }

    /// <summary>Whether programs and files have to be brought there.</summary>
    public virtual bool IsFar => false;

    /// <summary>Brings files of items there.</summary>
    public virtual Task BringAsync(IReadOnlyList<StagedFile> files, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Copies a file that a worker there made.</summary>
    public virtual Task FetchAsync(string path, string target, CancellationToken cancellationToken) => LocalHost.Instance.GetFileAsync(path, target, cancellationToken);

    /// <summary>The arguments of a host of workers.</summary>
    protected string[] Arguments(int count, int poolSize) => ["host", .. new[] { FirstRank, count, poolSize }.Select(n => n.ToString(System.Globalization.CultureInfo.InvariantCulture))];

    /// <summary>Tells of each line that comes.</summary>
    protected static async Task ReadLinesAsync(Stream stream, Action<string> printed)
    {
        try
        {
            using var reader = new StreamReader(stream);
            while (await reader.ReadLineAsync().ConfigureAwait(false) is { } line)
                printed(line);
        }
        catch (Exception e) when (e is IOException or HostFailedException or ObjectDisposedException or InvalidOperationException)
        {
            // It ended, and its stream with it.
        }
    }
}
