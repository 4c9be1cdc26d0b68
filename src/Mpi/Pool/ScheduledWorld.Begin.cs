namespace PathosHpc;

internal partial class ScheduledWorld
{
    private Task<byte[]>? keying;
    private Task? asking;

    /// <summary>Makes a key and asks the scheduler for its version meanwhile: the function takes as long to be written.</summary>
    public override void CheckProgram()
    {
        base.CheckProgram();
        lock (Gate)
        {
            if (IsDisposed || job is not null || keying is not null || Options.Queue is not { } queue)
                return;
            keying = Task.Run(LinkKey.Create);
            if (Host is LocalHost)
                asking = Task.Run(() => BatchJob.VersionAsync(queue, Host, Stop.Token));
        }
    }

    /// <summary>Submits the job.</summary>
    /// <returns>The job, what its world and this client both know, and the number of the world's first start.</returns>
    protected virtual async Task<(WorldJob Job, LinkKey Key, int First)> BeginAsync()
    {
        Task<byte[]>? made;
        lock (Gate)
            (made, keying) = (keying, null);
        var files = new Dictionary<string, byte[]>();
        Task<JobSpec> packing = Task.Run(() => Options.ToJobSpecAsync(["supervise"], files, Stop.Token));
        byte[] keyFile = await (made ?? Task.Run(LinkKey.Create)).ConfigureAwait(false);
        byte[]? client = null;
        try
        {
            key = LinkKey.Read(keyFile);
            if (Options.Way != LinkWay.JobFolder && Host is LocalHost)
            {
                listener = new LinkListener(key, LinkRole.Client, (stream, from) => _ = CalledAsync(stream, from));
                client = LinkAddresses.Here(listener.Start(Options.Interface, Options.PortRange), Options.Interface).ToJson();
            }
        }
        finally
        {
            await ((Task)packing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        JobSpec spec = await packing.ConfigureAwait(false);
        files[$"{WorldFolder.Name}/{WorldFolder.Key}"] = keyFile;
        if (client is not null)
            files[$"{WorldFolder.Name}/{WorldFolder.Client}"] = client;
        if (asking is not null)
            await asking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // what is wrong is said by whoever asks again
        BatchJob submitted = await BatchJob.SubmitAsync(Options.Queue!, spec, Host, Options.WorkFolder, Stop.Token).ConfigureAwait(false);
        if (Options.Way != LinkWay.JobFolder)
            _ = Task.Run(() => RehearseAsync(keyFile));
        return (new SubmittedWorldJob(submitted), key, 1);
    }

    /// <summary>Opens a connection to nobody, while the job starts.</summary>
    private static async Task RehearseAsync(byte[] keyFile)
    {
        using var own = LinkKey.Read(keyFile);
        await LinkRehearsal.RunAsync(own).ConfigureAwait(false);
    }

    /// <summary>A root dialled this process.</summary>
    private async Task CalledAsync(Stream stream, string from)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Stop.Token);
        limit.CancelAfter(Handshake.Patience);
        try
        {
            (Guid session, long number) = await SessionOpening.ReadAsync(stream, limit.Token).ConfigureAwait(false);
            if (callers.Writer.TryWrite(new RootCall(stream, session, number, $"a connection from {from}")))
                return;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            Log.Debug(e, "A root that dialled said nothing.");
        }
        await stream.DisposeAsync().ConfigureAwait(false);
    }
}
