using System.Globalization;

namespace PathosHpc;

/// <summary>Submits maps that need no client.</summary>
internal static class MapSubmission
{
    public static async Task<MapJob<TResult>> SubmitAsync<TItem, TResult>(MpiPoolOptions pool, ItemFunction<TItem, TResult> function, IEnumerable<TItem> items, MapOptions? options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(pool);
        string[] errors = [.. pool.Errors(), .. Unusable(pool, options ?? new MapOptions())];
        if (errors.Length > 0)
            throw new ArgumentException(string.Join(" ", errors), nameof(pool));
        var request = MapRequest<TItem, TResult>.Check(function, items, options, cancellationToken);
        WorkerProgram.Check();
        PoolEngine.Ship(request);
        (byte[] payload, byte[] input) = await Task.Run(() => Encode(pool, request), cancellationToken).ConfigureAwait(false);
        BatchJob first = await SubmitOneAsync(pool, null, [], new() { [MapFolder.Function] = payload, [MapFolder.Items] = input }, cancellationToken).ConfigureAwait(false);
        var jobs = new List<BatchJob> { first };
        await WriteJobsAsync(first, jobs).ConfigureAwait(false);
        for (int i = 0; i < pool.Resubmit; i++)
        {
            jobs.Add(await SubmitOneAsync(pool, $"{first.Folder}/{MapFolder.Name}", [new JobDependency(JobDependencyCondition.Failed, jobs[^1].Id)], [], cancellationToken).ConfigureAwait(false));
            await WriteJobsAsync(first, jobs).ConfigureAwait(false);
        }
        return new MapJob<TResult>(jobs);
    }

    /// <summary>Submits another job for a map whose jobs have ended.</summary>
    public static async Task<BatchJob> SubmitAgainAsync(MpiPoolOptions pool, IReadOnlyList<BatchJob> jobs, CancellationToken cancellationToken)
    {
        string[] errors = [.. pool.Errors(), .. Unusable(pool, new MapOptions())];
        if (errors.Length > 0)
            throw new ArgumentException(string.Join(" ", errors), nameof(pool));
        string folder = jobs[0].Folder;
        MpiPoolOptions beside = pool with { WorkFolder = pool.WorkFolder ?? folder[..folder.LastIndexOf('/')], Host = pool.Host ?? jobs[0].Host };
        BatchJob job = await SubmitOneAsync(beside, $"{folder}/{MapFolder.Name}", [], [], cancellationToken).ConfigureAwait(false);
        await WriteJobsAsync(jobs[0], [.. jobs, job]).ConfigureAwait(false);
        return job;
    }

    private static IEnumerable<string> Unusable(MpiPoolOptions pool, MapOptions options)
    {
        if (pool.Scheduler is null)
            yield return "Scheduler is null; a map is submitted to a scheduler.";
        if (options.Journal is not null)
            yield return "Journal is set; a submitted map has its journal in its job folder. Leave it null.";
        if (options.Progress is not null || options.Failures is not null || options.Output is not null)
            yield return "Progress, Failures and Output cannot be told by a job that outlives this program; ask the MapJob, and its logs.";
    }

    private static (byte[] Payload, byte[] Items) Encode<TItem, TResult>(MpiPoolOptions pool, MapRequest<TItem, TResult> request)
    {
        byte[] input = MapPayload.Write(request.Items, out long count);
        var payload = new MapPayload
        {
            Header = MapHeader.Of(request, count),
            MaxInFlight = request.Options.MaxInFlight,
            DrainBefore = pool.DrainBefore,
            Walltime = pool.Resources!.Walltime,
            Function = request.Shipped!.Payload,
        };
        return (payload.ToBytes(), input);
    }

    private static async Task<BatchJob> SubmitOneAsync(MpiPoolOptions pool, string? mapFolder, IReadOnlyList<JobDependency> dependencies, Dictionary<string, byte[]> map, CancellationToken cancellationToken)
    {
        var files = map.ToDictionary(file => $"{MapFolder.Name}/{file.Key}", file => file.Value);
        files[$"{WorldFolder.Name}/{WorldFolder.Key}"] = LinkKey.Create();
        JobSpec spec = await pool.ToJobSpecAsync(["job-map", mapFolder ?? MapFolder.Name], files, cancellationToken).ConfigureAwait(false);
        return await BatchJob.SubmitAsync(pool.Scheduler!, spec with { Dependencies = dependencies, WarnBefore = pool.DrainBefore > TimeSpan.Zero ? pool.DrainBefore : null }, pool.Host, pool.WorkFolder, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Lets whoever comes back know of all jobs of the map.</summary>
    private static Task WriteJobsAsync(BatchJob first, IReadOnlyList<BatchJob> jobs) =>
        first.Host.WriteFileAsync($"{first.Folder}/{MapFolder.Name}/{MapFolder.Jobs}",
            System.Text.Encoding.UTF8.GetBytes(string.Concat(jobs.Select(job => string.Create(CultureInfo.InvariantCulture, $"{job.Folder}\n")))), UnixFileMode.UserRead | UnixFileMode.UserWrite);
}
