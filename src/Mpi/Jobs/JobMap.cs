using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;

namespace PathosHpc;

/// <summary>What a job of <see cref="MpiPool"/>'s SubmitAsync runs on its first node: the client of its own world, which computes the map in the job folder
/// and keeps the results there. Nobody needs to be there for it.</summary>
internal static class JobMap
{
    /// <summary>Exit code of a job that ended before its map had: the next may go on.</summary>
    public const int Unfinished = 75;

    private const int Failed = 1, CannotStart = 70;

    /// <summary>How long what is being computed may go on after a signal to end.</summary>
    private static readonly TimeSpan SignalledLimit = TimeSpan.FromSeconds(20);

    /// <summary>How long before the end of the allocation nothing runs any more.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(10);

    /// <summary>How long what led an earlier job of the map, or an earlier start of this one, may take to end: schedulers may start the next a moment too soon.</summary>
    private static readonly TimeSpan LeaveTime = TimeSpan.FromSeconds(60);

    /// <param name="job">The folder of this job.</param>
    /// <param name="map">The folder of the map, which may be in that of an earlier job.</param>
    /// <returns>The process's exit code, which is the job's.</returns>
    public static int Run(string job, string map)
    {
        string over = $"{map}/{MapFolder.Over}";
        if (LocalHost.Instance.ListAsync(map).GetAwaiter().GetResult().Any(file => file.Name == MapFolder.Over))
            return 0;
        try
        {
            MapPayload payload = MapPayload.Read(File.ReadAllBytes($"{map}/{MapFolder.Function}"));
            object function = FunctionShipping.Decode(payload.Function);
            Type type = function.GetType();
            while (type is { BaseType: { } above } && !(type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ItemFunction<,>)))
                type = above;
            MethodInfo run = typeof(JobMap).GetMethod(nameof(RunAsync), BindingFlags.Static | BindingFlags.NonPublic)!.MakeGenericMethod(type.GetGenericArguments());
            ((Task)run.Invoke(null, [function, payload, job, map])!).GetAwaiter().GetResult();
            File.WriteAllText(over, "completed\n");
            return 0;
        }
        catch (OperationCanceledException e)
        {
            Console.Error.WriteLine(e.Message);
            return Unfinished;
        }
        catch (Exception e) when (e is ItemFailedException or MapFailedException)
        {
            File.WriteAllText(over, e.Message + "\n");
            Console.Error.WriteLine(e.Message);
            return e is MapFailedException ? 0 : Failed;
        }
        catch (Exception e) when (e is PathosException or IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine(e.Message);
            return CannotStart;
        }
    }

    private static async Task RunAsync<TItem, TResult>(ItemFunction<TItem, TResult> function, MapPayload payload, string job, string map)
    {
        MapHeader header = payload.Header;
        (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture) = (CultureInfo.GetCultureInfo(header.Culture), CultureInfo.GetCultureInfo(header.UICulture));
        WorldRequest request = WorldRequest.Read(await File.ReadAllBytesAsync($"{job}/{WorldFolder.Name}/{WorldFolder.Request}").ConfigureAwait(false));
        string id = Environment.GetEnvironmentVariable("PATHOS_JOB_ID") ?? "";
        await using var pool = new MpiPool(collector => new AllocationWorld(request, id, job, collector));
        var options = new MapOptions
        {
            Strategy = header.Strategy,
            ChunkSize = header.ChunkSize,
            OnItemFailure = header.StopsOnFailure ? OnItemFailure.Stop : OnItemFailure.Continue,
            ItemTimeout = header.ItemTimeout,
            ConcurrencyPerRank = header.Concurrency,
            MaxInFlight = payload.MaxInFlight,
            Seed = header.Seed,
            Journal = $"{map}/{MapFolder.Journal}",
        };
        await JournalLock.AwaitAsync(options.Journal, LeaveTime).ConfigureAwait(false);
        var ending = new CancellationTokenSource();
        Task clock = Task.CompletedTask;
        PosixSignalRegistration? signal = null;
        try
        {
            await pool.KeepAsync(function, MapPayload.ReadItems<TItem>($"{map}/{MapFolder.Items}"), options, run =>
            {
                DateTimeOffset? end = payload.EndOfAllocation();
                signal = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
                {
                    context.Cancel = true;
                    if (DateTimeOffset.UtcNow is var now && !IsWarningOfTheEnd(end - now, payload.DrainBefore))
                        run.Drain(SignalledLimit, Early("It was told to end"));
                });
                clock = DrainInTimeAsync(end, payload.DrainBefore, run, ending.Token);
            }).ConfigureAwait(false);
        }
        finally
        {
            await ending.CancelAsync().ConfigureAwait(false);
            await clock.ConfigureAwait(false);
            signal?.Dispose();
            ending.Dispose();
        }
    }

    /// <summary>Drains the map before the allocation ends.</summary>
    private static async Task DrainInTimeAsync<TResult>(DateTimeOffset? endOfAllocation, TimeSpan drainBefore, KeptRun<TResult> run, CancellationToken cancellationToken)
    {
        if (endOfAllocation is not { } end)
            return;
        TimeSpan left = end - DateTimeOffset.UtcNow, before = drainBefore < left / 4 ? drainBefore : left / 4;
        TimeSpan until = left - before;
        await Task.Delay(until < TimeSpan.Zero ? TimeSpan.Zero : until < TimeSpan.FromDays(40) ? until : TimeSpan.FromDays(40), cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!cancellationToken.IsCancellationRequested)
            run.Drain(before - (Margin < before / 2 ? Margin : before / 2), Early("Its walltime is nearly over"));
    }

    /// <summary>Whether a signal to end only says what the clock knows better: schedulers send their warning up to a minute early, and the end itself comes with another.</summary>
    private static bool IsWarningOfTheEnd(TimeSpan? left, TimeSpan drainBefore) =>
        left is { } time && time > SignalledLimit && time > drainBefore / 2 && time < drainBefore + TimeSpan.FromSeconds(75);

    private static OperationCanceledException Early(string why) =>
        new($"{why}: no more items are computed in this job. The results so far are kept; the map's next job, or another submission, computes the others.");
}
