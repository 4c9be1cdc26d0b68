using System.Diagnostics;
using NLog;

namespace PathosHpc;

/// <summary>Hands a job to its scheduler so that exactly one comes of it. When the answer is lost, the job's unique name tells whether it exists;
/// when it is submitted again, the claim in its folder lets only one of them run.</summary>
internal sealed class JobSubmitter(Scheduler scheduler, ClusterHost host, JobPlan plan, JobFolder folder)
{
    private const int MostSubmissions = 3;

    /// <summary>So many answers in a row must say that there is no such job: the server may create it a moment after its client was killed.</summary>
    private const int AnswersForNone = 2;

    private static readonly Logger Log = LogManager.GetLogger("PathosHpc.Jobs");

    /// <returns>The scheduler's id.</returns>
    /// <exception cref="JobFailedException">The scheduler refuses the job, or does not answer.</exception>
    internal async Task<string> SubmitAsync(CancellationToken cancellationToken)
    {
        for (var submissions = 1; ; submissions++)
        {
            var command = scheduler.SubmitCommand(plan, folder.ScriptPath);
            var result = await SubmitOnceAsync(command, cancellationToken).ConfigureAwait(false);
            var submission = scheduler.ReadSubmission(result);
            if (submission is { JobId: { } certain, IsCertain: true }) return certain;
            if (submission.IsRejected) throw Rejected(command, result);
            Log.Warn("The answer to the submission of {Name} was lost: {Text}", plan.JobName, Text(result));
            var (id, isSure) = await LookUpAsync(submission.JobId is null, cancellationToken).ConfigureAwait(false);
            if ((id ?? submission.JobId) is { } found) return found;
            if (!isSure || submissions == MostSubmissions) throw Lost(command, result);
        }
    }

    /// <summary>When the way to the host is lost meanwhile, so is the answer.</summary>
    private async Task<CommandResult> SubmitOnceAsync(HostCommand command, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        try
        {
            return await host.RunAsync(command, cancellationToken).ConfigureAwait(false);
        }
        catch (HostFailedException e) when (e.Reason == HostFailureReason.Lost)
        {
            return new CommandResult(-1, "", e.Message, watch.Elapsed) { TimedOut = true };
        }
    }

    /// <summary>The id of the job by its folder or its name. Sure is an id, or the repeated answer that there is none.</summary>
    private async Task<(string? Id, bool IsSure)> LookUpAsync(bool patiently, CancellationToken cancellationToken)
    {
        var (watch, none) = (Stopwatch.StartNew(), 0);
        while (true)
        {
            if (await folder.ReadAttemptAsync(cancellationToken).ConfigureAwait(false) is { } attempt) return (attempt.JobId, true);
            var ids = scheduler.ReadFound(await host.RunAsync(scheduler.FindCommand(plan.JobName), cancellationToken).ConfigureAwait(false));
            if (ids is { Count: > 0 })
            {
                foreach (var other in ids.Skip(1)) await host.RunAsync(scheduler.CancelCommand(other), cancellationToken).ConfigureAwait(false);
                return (ids[0], true);
            }
            none = ids is null ? 0 : none + 1;
            if (none == AnswersForNone) return (null, true);
            if (!patiently || watch.Elapsed > scheduler.SubmitTimeout) return (null, false);
            await Task.Delay(scheduler.Pace.Retry, cancellationToken).ConfigureAwait(false);
        }
    }

    private JobFailedException Rejected(HostCommand command, CommandResult result) => new(JobFailureReason.Rejected,
        $"{scheduler.Name} refused job {plan.JobName} ({command.Arguments[0]}, exit code {result.ExitCode}):\n{result.AllOutput.Trim()}\nChange what it complains about; the script is {folder.ScriptPath}.");

    private JobFailedException Lost(HostCommand command, CommandResult result) => new(JobFailureReason.Rejected,
        $"{scheduler.Name} did not take job {plan.JobName}: {command.Arguments[0]} {Text(result)}. Submit it again when the scheduler answers; should this submission have reached it, its script will do nothing.");

    private static string Text(CommandResult result) => result.TimedOut ? $"did not answer within {result.Elapsed.TotalSeconds:0.#} s" : $"ended with exit code {result.ExitCode}: {result.AllOutput.Trim()}";
}
