using System.Collections.Concurrent;
using System.Diagnostics;
using NLog;

namespace PathosHpc;

/// <summary>Follows all jobs of this process on one scheduler of one host: looks into their folders often, which costs the scheduler nothing,
/// and asks the scheduler about all of them at once, at growing intervals and never more often than a limit.</summary>
internal sealed class JobFollower
{
    private static readonly Logger Log = LogManager.GetLogger("PathosHpc.Jobs");
    private static readonly ConcurrentDictionary<(string Host, string Scheduler), JobFollower> Followers = new();
    private static readonly Stopwatch Clock = Stopwatch.StartNew();
    private readonly List<BatchJob> jobs = [];
    private readonly Scheduler scheduler;
    private readonly QueryLimiter limiter;
    private TaskCompletionSource wake = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task loop = Task.CompletedTask;
    private TimeSpan lastQuery = TimeSpan.MinValue / 2;
    private TimeSpan nextQuery;
    private TimeSpan interval;
    private TimeSpan reasonInterval;
    private bool historyIsOff;

    /// <summary>Jobs that the scheduler does not know any more and whose history could not be asked within the limit. Their question comes before the next
    /// one about all: else that would take each place that becomes free.</summary>
    private List<BatchJob> owed = [];
    private string? lastProblem;

    private JobFollower(Scheduler scheduler)
    {
        this.scheduler = scheduler;
        limiter = new QueryLimiter(Pace.MostQueries, Pace.Window);
        interval = Pace.FirstInterval;
    }

    private JobPace Pace => scheduler.Pace;

    /// <summary>Questions asked so far, histories among them.</summary>
    internal int Queries { get; private set; }

    internal static JobFollower For(ClusterHost host, Scheduler scheduler) =>
        Followers.GetOrAdd((host.Identity, scheduler.Name), _ => new JobFollower(scheduler));

    internal static TimeSpan Longer(TimeSpan interval, TimeSpan longest) => TimeSpan.FromTicks(Math.Min(longest.Ticks, interval.Ticks * 2));

    internal void Add(BatchJob job)
    {
        lock (jobs)
        {
            jobs.Add(job);
            var soon = Clock.Elapsed + Pace.FirstInterval;
            nextQuery = jobs.Count == 1 || soon < nextQuery ? soon : nextQuery;
            interval = Pace.FirstInterval;
            wake.TrySetResult();
            if (loop.IsCompleted) loop = Task.Run(LoopAsync);
        }
    }

    internal void Remove(BatchJob job)
    {
        lock (jobs)
        {
            jobs.Remove(job);
            wake.TrySetResult();
        }
    }

    /// <summary>Asks anew as soon as the limit allows, and then often again.</summary>
    /// <returns>Ends with the next question that is asked after this.</returns>
    internal Task AskSoon()
    {
        lock (jobs)
        {
            var soon = lastQuery + Pace.LeastInterval;
            if (soon < nextQuery) nextQuery = soon;
            interval = Pace.FirstInterval;
            wake.TrySetResult();
            return asked.Task;
        }
    }

    private async Task LoopAsync()
    {
        var look = Pace.FirstLook;
        while (true)
        {
            var news = await GuardAsync(LookAsync).ConfigureAwait(false);
            look = news ? Pace.FirstLook : Longer(look, Pace.LongestLook);
            if (IsQueryDue() is { } question)
            {
                await GuardAsync(QueryAsync).ConfigureAwait(false);
                question.SetResult();
            }
            TimeSpan pause;
            lock (jobs)
            {
                jobs.RemoveAll(job => job.Result is not null);
                if (jobs.Count == 0)
                {
                    loop = Task.CompletedTask;
                    return;
                }
                var untilQuery = nextQuery - Clock.Elapsed;
                pause = untilQuery < look ? untilQuery : look;
            }
            if (pause > TimeSpan.Zero) await Task.WhenAny(wake.Task, Task.Delay(pause)).ConfigureAwait(false);
            if (TakeWake()) look = Pace.FirstLook;
        }
    }

    private bool TakeWake()
    {
        lock (jobs)
        {
            if (!wake.Task.IsCompleted) return false;
            wake = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return true;
        }
    }

    /// <summary>What waits for the question that is due now; null when none is.</summary>
    private TaskCompletionSource? IsQueryDue()
    {
        lock (jobs)
        {
            var now = Clock.Elapsed;
            if (now < nextQuery || jobs.All(job => job.Result is not null) || !TakePlace()) return null;
            (lastQuery, nextQuery) = (now, now + interval);
            interval = Longer(interval, Pace.LongestInterval);
            var waiting = asked;
            asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return waiting;
        }
    }

    private async Task<bool> LookAsync()
    {
        var news = false;
        foreach (var job in Living()) news |= await GuardAsync(() => job.LookAsync(CancellationToken.None)).ConfigureAwait(false);
        return news;
    }

    private async Task<bool> QueryAsync()
    {
        var living = Living();
        if (owed.Where(living.Contains).ToList() is { Count: > 0 } earlier)
        {
            owed = [];
            await AskHistoryAsync(earlier).ConfigureAwait(false);
            return true;
        }
        var answer = await AskAsync(scheduler.QueryCommand, scheduler.ReadQuery, living).ConfigureAwait(false);
        if (answer is null)
        {
            foreach (var job in living) await job.OnUnansweredAsync(CancellationToken.None).ConfigureAwait(false);
            return false;
        }
        var unknown = new List<BatchJob>();
        foreach (var job in living)
        {
            var record = answer.Records.FirstOrDefault(r => r.Id == job.Id);
            // After a crash a scheduler may give an id that it had given before: the name tells.
            if (record is not null && (record.Name is null || record.Name == job.Name)) await job.OnRecordAsync(record, CancellationToken.None).ConfigureAwait(false);
            else if (record is not null || answer.UnknownIds.Contains(job.Id)) unknown.Add(job);
        }
        if (unknown.Count > 0)
        {
            if (IsHistoryAsked(unknown[0]) && !TakePlace()) owed = unknown;
            else await AskHistoryAsync(unknown).ConfigureAwait(false);
        }
        // What only the scheduler's last word keeps from its end is worth another question soon, but not all that the limit allows at once.
        reasonInterval = living.Any(job => job.AwaitsReason) ? reasonInterval == default ? Pace.FirstInterval : Longer(reasonInterval, Pace.LongestInterval) : default;
        if (reasonInterval > TimeSpan.Zero)
            lock (jobs) (nextQuery, interval) = (Clock.Elapsed + reasonInterval, reasonInterval);
        return true;
    }

    private bool IsHistoryAsked(BatchJob job) => !historyIsOff && scheduler.HistoryCommand([job.Id]) is not null;

    /// <summary>Takes a place among the questions that the limit allows; without one, the next question comes when one is free.</summary>
    private bool TakePlace()
    {
        lock (jobs)
        {
            if (!limiter.TryTake(Clock.Elapsed))
            {
                nextQuery = limiter.NextFree(Clock.Elapsed);
                return false;
            }
            Queries++;
            return true;
        }
    }

    private async Task AskHistoryAsync(List<BatchJob> unknown)
    {
        JobQueryAnswer? answer = new([], []);
        if (IsHistoryAsked(unknown[0]))
        {
            answer = await AskAsync(ids => scheduler.HistoryCommand(ids)!, scheduler.ReadHistory, unknown).ConfigureAwait(false);
            if (answer is null) return;
            historyIsOff = answer.HasNoHistory && answer.Records.Count == 0;
        }
        foreach (var job in unknown)
        {
            var record = answer.Records.FirstOrDefault(r => r.Id == job.Id && (r.Name is null || r.Name == job.Name));
            await job.OnUnknownAsync(record, Clock.Elapsed, CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>Null when the question was not answered.</summary>
    private async Task<JobQueryAnswer?> AskAsync(Func<IReadOnlyList<string>, HostCommand> command, Func<CommandResult, IReadOnlyList<string>, JobQueryAnswer> read, List<BatchJob> about)
    {
        var ids = about.Select(job => job.Id).ToList();
        // The hosts of all these jobs lead to one machine, but only those of living jobs are sure not to be disposed.
        var answer = read(await about[0].Host.RunAsync(command(ids)).ConfigureAwait(false), ids);
        if (answer.Problem is { } problem && problem != lastProblem) Log.Warn("{Scheduler} did not answer about {Count} jobs: {Problem}", scheduler.Name, ids.Count, problem);
        if (answer.Problem is null && lastProblem is not null) Log.Info("{Scheduler} answers again.", scheduler.Name);
        lastProblem = answer.Problem;
        return answer.Problem is null ? answer : null;
    }

    private List<BatchJob> Living()
    {
        lock (jobs) return [.. jobs.Where(job => job.Result is null)];
    }

    /// <summary>The loop outlives a host that is away for a while.</summary>
    private static async Task<bool> GuardAsync(Func<Task<bool>> step)
    {
        try
        {
            return await step().ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or HostFailedException or UnauthorizedAccessException or InvalidOperationException)
        {
            Log.Warn(e, "Following jobs met a problem and goes on: {Message}", e.Message);
            return false;
        }
    }
}
