using System.Runtime.CompilerServices;
using System.Text;
using NLog;

namespace PathosHpc;

/// <summary>A map that was submitted to a scheduler and goes on without this program: its state, its results so far, and the others as they come.</summary>
/// <remarks>Any program that has the type of the results may come back to it, also several at once.</remarks>
/// <typeparam name="TResult">What the function gives.</typeparam>
/// <example><code>
/// await using var job = await MpiPool.SubmitAsync(options, Relax, structures);
/// Console.WriteLine(job.Id);                                                   // leave; later, in another program:
/// await using var same = await MapJob&lt;double&gt;.AttachAsync(new SlurmScheduler(), id);
/// double[] energies = await same.WaitAsync();
/// </code></example>
public sealed class MapJob<TResult> : IAsyncDisposable
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(50), LongestPause = TimeSpan.FromSeconds(2);

    /// <summary>How long the host may be away until reading of its results ends.</summary>
    private static readonly TimeSpan AwayLimit = TimeSpan.FromMinutes(10);

    private static readonly Logger Log = LogManager.GetLogger("PathosHpc.Jobs");
    private readonly List<BatchJob> jobs;
    private readonly DateTimeOffset since = DateTimeOffset.UtcNow;
    private MapProgress progress;
    private long? awaySince;

    internal MapJob(List<BatchJob> jobs) => this.jobs = jobs;

    /// <summary>What <see cref="AttachAsync"/> and the <c>pathos</c> tool call it: the name of its first job.</summary>
    public string Id => jobs[0].Name;

    /// <summary>The folder of its first job, in which its results are.</summary>
    public string Folder => jobs[0].Folder;

    /// <summary>Its jobs, in the order in which they follow one another; see <see cref="MpiPoolOptions.Resubmit"/>.</summary>
    public IReadOnlyList<BatchJob> Jobs => jobs;

    /// <summary>The state of the job that computes, or is the next to.</summary>
    public JobState State => Current.State;

    /// <summary>How far it is, as far as results were read here: see <see cref="ResultsAsync"/>.</summary>
    public MapProgress Progress => progress with { Elapsed = DateTimeOffset.UtcNow - since };

    private BatchJob Current => jobs.Find(job => job.Result is null) ?? jobs[^1];

    private ClusterHost Host => jobs[0].Host;

    private string MapPath => $"{Folder}/{MapFolder.Name}";

    /// <summary>Comes back to a map that some program submitted.</summary>
    /// <param name="scheduler">The scheduler it was submitted to.</param>
    /// <param name="id">Its <see cref="Id"/>, the scheduler's id of its first job, or its folder.</param>
    /// <param name="host">The machine it was submitted from; null is this one.</param>
    /// <param name="workFolder">The folder of job folders; null is the default.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ArgumentException">There is no such map, or its results are of another type.</exception>
#pragma warning disable CA1000 // the type of the results is what has to be said
    public static async Task<MapJob<TResult>> AttachAsync(Scheduler scheduler, string id, ClusterHost? host = null, string? workFolder = null, CancellationToken cancellationToken = default)
#pragma warning restore CA1000
    {
        ArgumentNullException.ThrowIfNull(scheduler);
        ArgumentNullException.ThrowIfNull(id);
        host ??= LocalHost.Instance;
        string folder = id.StartsWith('/') ? id
            : (await SubmittedJob.ListAsync(host, workFolder, cancellationToken).ConfigureAwait(false)).FirstOrDefault(job => job.IsNamed(id))?.Folder
                ?? throw new ArgumentException($"No job '{id}' was submitted from the work folder of {host.Name}.", nameof(id));
        byte[] list = await host.ReadFileAsync($"{folder}/{MapFolder.Name}/{MapFolder.Jobs}", cancellationToken: cancellationToken).ConfigureAwait(false)
            ?? throw new ArgumentException($"Job '{id}' is no submitted map: {folder} has no {MapFolder.Name}/{MapFolder.Jobs}.", nameof(id));
        var found = new MapJob<TResult>([]);
        foreach (string its in Encoding.UTF8.GetString(list).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            found.jobs.Add(await BatchJob.AttachAsync(scheduler, its, host, cancellationToken).ConfigureAwait(false));
        await foreach ((JournalRecord record, Payload body) in found.NewFollower().ReadNewAsync(cancellationToken).ConfigureAwait(false))
        {
            if (record.Kind == JournalRecordKind.Header)
                Check(body);
            break;
        }
        return found;
    }

    /// <summary>The results so far, and the others as they come, each with the index of its item; to the end of the map.</summary>
    /// <exception cref="ItemFailedException">An item failed, and <see cref="MapOptions.OnItemFailure"/> is Stop.</exception>
    /// <exception cref="MapFailedException">Items failed, and <see cref="MapOptions.OnItemFailure"/> is Continue; thrown at the end.</exception>
    /// <exception cref="JobFailedException">The last job ended before the map did. What is there stays.</exception>
    /// <exception cref="ArgumentException">The results are of another type.</exception>
    public async IAsyncEnumerable<(long Index, TResult Item)> ResultsAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        JournalFollower follower = NewFollower();
        var seen = new IndexSet();
        var failures = new SortedDictionary<long, ItemFailedException>();
        bool hasEnded = false, isLast = false;
        for (TimeSpan pause = ShortestPause; !hasEnded; pause = pause < LongestPause ? pause * 1.5 : LongestPause)
        {
            // Asked ahead of the last look, so that nothing that comes between them is missed.
            isLast = await IsOverAsync(cancellationToken).ConfigureAwait(false);
            await foreach ((JournalRecord record, Payload body) in ReadNewAsync(follower, cancellationToken).ConfigureAwait(false))
            {
                pause = ShortestPause;
                switch (record.Kind)
                {
                    case JournalRecordKind.Header:
                        Check(body);
                        break;
                    case JournalRecordKind.Total:
                        progress = progress with { Total = record.First };
                        break;
                    case JournalRecordKind.Failure:
                        failures[record.First] = ItemFailure.Read(new PayloadReader(body)).ToException();
                        break;
                    case JournalRecordKind.Ended:
                        hasEnded = true;
                        break;
                    case JournalRecordKind.Results:
                        EncodedBlock results = JournalResults.Read(new PayloadReader(body), record.First, record.Count).Results;
                        foreach ((long first, int count) in seen.Add(record.First, record.Count))
                        {
                            TypedBlock<TResult> block = BlockDecoder<TResult>.Decode(results.Slice(first, count));
                            for (int i = 0; i < count; i++)
                            {
                                failures.Remove(first + i);
                                yield return (first + i, block.Values.Span[i]);
                            }
                        }
                        break;
                }
                progress = progress with { Completed = seen.Count, Failed = failures.Count };
            }
            if (isLast && !hasEnded && awaySince is null)
                break;
            if (!hasEnded)
                await Task.Delay(pause, cancellationToken).ConfigureAwait(false);
        }
        if (hasEnded && failures.Count > 0)
            throw new MapFailedException([.. failures.Values], seen.Count + failures.Count, null);
        if (!hasEnded)
            throw await WhyAsync(failures, seen.Count, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>All results, in the order of the items, once the map has ended.</summary>
    /// <inheritdoc cref="ResultsAsync" path="/exception"/>
    public async Task<TResult[]> WaitAsync(CancellationToken cancellationToken = default)
    {
        TResult[] all = [];
        try
        {
            await foreach ((long index, TResult item) in ResultsAsync(cancellationToken).ConfigureAwait(false))
            {
                if (index >= all.Length)
                    Array.Resize(ref all, checked((int)Math.Max(progress.Total ?? 0, Math.Max(index + 1, Math.Min(2L * all.Length, Array.MaxLength)))));
                all[index] = item;
            }
        }
        catch (MapFailedException e)
        {
            Array.Resize(ref all, checked((int)(progress.Total ?? all.Length)));
            throw new MapFailedException(e.Failures, progress.Total ?? all.Length, all);
        }
        Array.Resize(ref all, checked((int)(progress.Total ?? all.Length)));
        return all;
    }

    /// <summary>Submits one more job for the items that are missing, when its jobs have ended.</summary>
    /// <param name="options">As for the first submission; more walltime, other nodes. The work folder is where the first job's folder is by default.</param>
    /// <param name="cancellationToken">Gives up; a job that was submitted already is canceled.</param>
    /// <exception cref="InvalidOperationException">There is nothing to compute any more, or a job still does.</exception>
    /// <exception cref="JobFailedException">The scheduler refuses the job, or does not answer.</exception>
    public async Task ResubmitAsync(MpiPoolOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (!jobs.TrueForAll(job => job.Result is not null))
            throw new InvalidOperationException($"Job {Current.Id} of the map has not ended; it goes on with the map by itself.");
        if (await Host.ReadFileAsync($"{MapPath}/{MapFolder.Over}", cancellationToken: cancellationToken).ConfigureAwait(false) is { } over)
            throw new InvalidOperationException($"The map is over: {Encoding.UTF8.GetString(over).TrimEnd()}");
        jobs.Add(await MapSubmission.SubmitAgainAsync(options, jobs, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Cancels all its jobs; results that are there stay.</summary>
    public async Task CancelAsync(CancellationToken cancellationToken = default)
    {
        await Host.WriteFileAsync($"{MapPath}/{MapFolder.Over}", "canceled\n"u8.ToArray(), UnixFileMode.UserRead | UnixFileMode.UserWrite, cancellationToken).ConfigureAwait(false);
        foreach (BatchJob job in Enumerable.Reverse(jobs))
            await job.CancelAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Stops following the map, which goes on.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (BatchJob job in jobs)
            await job.DisposeAsync().ConfigureAwait(false);
    }

    private JournalFollower NewFollower() => new(Host, $"{MapPath}/{MapFolder.Journal}");

    /// <summary>What is new there; nothing while the host is away.</summary>
    private async IAsyncEnumerable<(JournalRecord Record, Payload Body)> ReadNewAsync(JournalFollower follower, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using IAsyncEnumerator<(JournalRecord, Payload)> records = follower.ReadNewAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (true)
        {
            bool any;
            try
            {
                any = await records.MoveNextAsync().ConfigureAwait(false);
                awaySince = null;
            }
            catch (HostFailedException e) when (IsPatient(e))
            {
                yield break;
            }
            catch (HostFailedException e) when (e.NeedsUser)
            {
                throw Waits(e);
            }
            if (!any)
                yield break;
            yield return records.Current;
        }
    }

    private HostFailedException Waits(HostFailedException e) => new(e.Reason, e.Host,
        $"{e.Message} The map goes on over there, and its results are kept: log in to {e.Host} on a terminal, or by a new ticket or key, and attach to {Id} again (MapJob.AttachAsync, 'pathos attach').", e);

    private bool IsPatient(HostFailedException e)
    {
        if (!e.MayPass || Environment.TickCount64 - (awaySince ??= Environment.TickCount64) > AwayLimit.TotalMilliseconds)
            return false;
        Log.Debug(e, "The results of {Job} cannot be read now.", Id);
        return true;
    }

    private static void Check(Payload header)
    {
        string type = JournalHeader.Read(new PayloadReader(header)).ResultType, own = TypeText.Of(typeof(TResult));
        if (type != own)
            throw new ArgumentException($"The results of the map are of type {type}, not {own}. Attach with the type that its function gives.");
    }

    /// <summary>Whether nothing can come any more.</summary>
    private async Task<bool> IsOverAsync(CancellationToken cancellationToken)
    {
        try
        {
            return jobs.TrueForAll(job => job.Result is not null) || await Host.ReadFileAsync($"{MapPath}/{MapFolder.Over}", cancellationToken: cancellationToken).ConfigureAwait(false) is not null;
        }
        catch (HostFailedException e) when (IsPatient(e))
        {
            return false;
        }
        catch (HostFailedException e) when (e.NeedsUser)
        {
            throw Waits(e);
        }
    }

    private async Task<Exception> WhyAsync(SortedDictionary<long, ItemFailedException> failures, long completed, CancellationToken cancellationToken)
    {
        MapPayload payload = MapPayload.Read(await Host.ReadFileAsync($"{MapPath}/{MapFolder.Function}", cancellationToken: cancellationToken).ConfigureAwait(false) ?? []);
        if (payload.Header.StopsOnFailure && failures.Count > 0)
            return failures.First().Value;
        JobResult? last = jobs.FindLast(job => job.Result is { State: not JobState.Canceled })?.Result ?? jobs[0].Result;
        return new JobFailedException(last?.Reason ?? JobFailureReason.Canceled, $"The map ended before all of its items were computed: {completed} of {payload.Header.Total} have their result, " +
            $"which is kept in {Folder}. {last?.Message ?? "It was canceled."} Give it more walltime, or more jobs by MpiPoolOptions.Resubmit.", last?.JobId ?? jobs[0].Id, last?.LogPaths ?? [Folder]);
    }
}
