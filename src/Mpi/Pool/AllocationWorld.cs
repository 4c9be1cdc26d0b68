namespace PathosHpc;

/// <summary>The world of a job, for a program within the job: it brings its supervisor along.</summary>
/// <param name="request">What the job's client asked for.</param>
/// <param name="jobId">The scheduler's id.</param>
/// <param name="jobFolder">Where the request lies.</param>
/// <param name="collector">Counts what ranks compute.</param>
internal sealed class AllocationWorld(WorldRequest request, string jobId, string jobFolder, StatisticsCollector collector) : ScheduledWorld(OptionsOf(request), collector)
{
    protected override async Task<(WorldJob Job, LinkKey Key, int First)> BeginAsync()
    {
        var folder = new WorldFolder(LocalHost.Instance, $"{jobFolder}/{WorldFolder.Name}");
        byte[] key = await folder.ReadAsync(WorldFolder.Key, Stop.Token).ConfigureAwait(false) ?? throw new LinkException($"There is no key in {folder.Path}.");
        // Starts of the world that an earlier start of the job made are over.
        int first = WorldFolder.FirstNumber(await folder.ListAsync(Stop.Token).ConfigureAwait(false));
        return (new OwnWorldJob(jobId, jobFolder), LinkKey.Read(key), first);
    }

    private static MpiPoolOptions OptionsOf(WorldRequest request) => new()
    {
        Ranks = request.Ranks,
        HeartbeatTimeout = TimeSpan.FromMilliseconds(request.HeartbeatMilliseconds),
        StartTimeout = TimeSpan.FromMilliseconds(request.StartMilliseconds),
        Restarts = request.Restarts,
        RootComputes = request.RootComputes,
        Way = request.Way,
        // The folder is what the client comes back to.
        KeepFiles = true,
    };
}
