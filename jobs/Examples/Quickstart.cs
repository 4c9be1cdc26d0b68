using System.Diagnostics;
using System.Globalization;
using Spectre.Console;

namespace PathosHpc.Examples;

/// <summary>Runs the classes of a plan as maps on its pool, with a progress bar, and prints what came out.</summary>
internal static class Quickstart
{
    /// <summary>Gives the exit code: 0 only if every class was verified.</summary>
    public static async Task<int> RunAsync(QuickstartPlan plan, CancellationToken cancellationToken)
    {
        string names = string.Join(", ", plan.Classes.Select(c => c.Name));
        AnsiConsole.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"NAS EP, {(plan.Classes.Count == 1 ? "class" : "classes")} {names}. Pool: {plan.PoolName}.");
        await using Pool pool = plan.MakePool();
        var start = Stopwatch.StartNew();
        await pool.RunAsync(EpKernel.Compute, 0, cancellationToken: cancellationToken);
        var started = start.Elapsed;

        var results = new List<QuickstartResult>();
        foreach (EpClass problem in plan.Classes)
            results.Add(await RunClassWithProgressAsync(pool, problem, cancellationToken));
        var statistics = pool.Statistics;

        QuickstartReport.Write(results, statistics, started);
        if (plan.Classes.Any(c => c.Name == "S") && plan.Kind != PoolKind.Serial)
            await WriteSpeedUpAsync(pool, plan.PoolName, cancellationToken);
        return results.All(r => r.IsVerified) ? 0 : 1;
    }

    private static async Task<QuickstartResult> RunClassWithProgressAsync(Pool pool, EpClass problem, CancellationToken cancellationToken)
    {
        if (!AnsiConsole.Profile.Capabilities.Interactive)
            return await RunClassAsync(pool, problem, null, cancellationToken);
        return await AnsiConsole.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(async context =>
            {
                ProgressTask bar = context.AddTask($"class {problem.Name}", maxValue: problem.Blocks);
                var result = await RunClassAsync(pool, problem, new BarProgress(bar), cancellationToken);
                bar.Value = problem.Blocks;
                return result;
            });
    }

    /// <summary>The map itself.</summary>
    private static async Task<QuickstartResult> RunClassAsync(Pool pool, EpClass problem, IProgress<MapProgress>? progress, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        EpSums[] blocks = await pool.MapAsync(
            EpKernel.Compute, Enumerable.Range(0, problem.Blocks), new MapOptions { Progress = progress }, cancellationToken);
        return new QuickstartResult(problem, EpSums.Total(blocks), watch.Elapsed);
    }

    /// <summary>Class S once more on both pools, now that code and ranks are warm: the fair comparison.</summary>
    private static async Task WriteSpeedUpAsync(Pool pool, string poolName, CancellationToken cancellationToken)
    {
        EpClass small = EpClass.All[0];
        await using var serial = new SerialPool();
        var alone = await RunClassAsync(serial, small, null, cancellationToken);
        var together = await RunClassAsync(pool, small, null, cancellationToken);
        AnsiConsole.MarkupLineInterpolated(
            CultureInfo.InvariantCulture,
            $"Speed-up on class S against SerialPool, both warm: {alone.Elapsed / together.Elapsed:F2} ({alone.Elapsed.TotalSeconds:F2} s, then {together.Elapsed.TotalSeconds:F2} s on the {poolName}).");
    }

    private sealed class BarProgress(ProgressTask bar) : IProgress<MapProgress>
    {
        public void Report(MapProgress value) => bar.Value = value.Completed;
    }
}
