using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;

namespace PathosHpc;

public sealed partial class BatchJob
{
    private const int ReadBytes = 1 << 16;

    /// <summary>Cancels the job and waits until it is gone. Does nothing when it has ended.</summary>
    /// <exception cref="JobFailedException">The scheduler refuses; its text is in the message.</exception>
    public async Task<JobResult> CancelAsync(CancellationToken cancellationToken = default)
    {
        WasCanceledHere = true;
        await ForbidAsync($"canceled by {Environment.UserName}", cancellationToken).ConfigureAwait(false);
        while (!ended.Task.IsCompleted)
        {
            await CancelOnceAsync(cancellationToken).ConfigureAwait(false);
            _ = follower.AskSoon();
            await Task.WhenAny(ended.Task, Task.Delay(Scheduler.Pace.CancelAgain, cancellationToken)).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
        }
        return await ended.Task.ConfigureAwait(false);
    }

    /// <summary>Holds a waiting job back until <see cref="ReleaseAsync"/>. A running one goes on.</summary>
    /// <returns>False when it has ended.</returns>
    /// <exception cref="JobFailedException">The scheduler refuses; its text is in the message.</exception>
    public Task<bool> HoldAsync(CancellationToken cancellationToken = default) => HoldOrReleaseAsync(Scheduler.HoldCommand(Id), "hold", cancellationToken);

    /// <summary>Lets a held job go.</summary>
    /// <returns>False when it has ended.</returns>
    /// <exception cref="JobFailedException">The scheduler refuses; its text is in the message.</exception>
    public Task<bool> ReleaseAsync(CancellationToken cancellationToken = default) => HoldOrReleaseAsync(Scheduler.ReleaseCommand(Id), "release", cancellationToken);

    /// <summary>The lines of a log from its beginning, while the job runs too.</summary>
    /// <param name="log">Which one.</param>
    /// <param name="follow">Whether to wait for more until the job has ended.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async IAsyncEnumerable<string> ReadLogAsync(JobLog log = JobLog.Output, bool follow = false, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var (offset, rest, look) = (0L, new MemoryStream(), Scheduler.Pace.FirstLook);
        while (true)
        {
            var wasEnded = ended.Task.IsCompleted;
            var bytes = await Host.ReadFileAsync(folder.LogPath(log), offset, ReadBytes, cancellationToken).ConfigureAwait(false) ?? [];
            offset += bytes.Length;
            rest.Write(bytes);
            foreach (var line in TakeLines(rest)) yield return line;
            if (bytes.Length > 0)
            {
                look = Scheduler.Pace.FirstLook;
                continue;
            }
            if (!follow || wasEnded) break;
            await Task.WhenAny(ended.Task, Task.Delay(look, cancellationToken)).ConfigureAwait(false);
            look = JobFollower.Longer(look, Scheduler.Pace.LongestLook);
        }
        if (rest.Length > 0) yield return Encoding.UTF8.GetString(rest.ToArray());
    }

    private static string[] TakeLines(MemoryStream rest)
    {
        var bytes = rest.ToArray();
        var end = Array.LastIndexOf(bytes, (byte)'\n');
        if (end < 0) return [];
        rest.SetLength(0);
        rest.Write(bytes.AsSpan(end + 1));
        return Encoding.UTF8.GetString(bytes, 0, end).Split('\n');
    }

    private async Task ForbidAsync(string why, CancellationToken cancellationToken)
    {
        try
        {
            await folder.ForbidAsync(why, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or HostFailedException)
        {
            Log.Warn(e, "The job folder {Folder} cannot be written to; the scheduler alone can stop the job.", Folder);
        }
    }

    private async Task CancelOnceAsync(CancellationToken cancellationToken)
    {
        for (var watch = Stopwatch.StartNew(); ;)
        {
            var (answer, text) = await OrderAsync(Scheduler.CancelCommand(Id), cancellationToken).ConfigureAwait(false);
            if (answer != JobControlAnswer.Refused || ended.Task.IsCompleted) return;
            if (watch.Elapsed > Scheduler.SubmitTimeout) throw Refused("cancel", text);
            await Task.Delay(Scheduler.Pace.Retry, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<bool> HoldOrReleaseAsync(HostCommand command, string what, CancellationToken cancellationToken)
    {
        if (ended.Task.IsCompleted) return false;
        var (answer, text) = await OrderAsync(command, cancellationToken).ConfigureAwait(false);
        _ = follower.AskSoon();
        return answer switch { JobControlAnswer.Accepted => true, JobControlAnswer.AlreadyEnded => false, _ => throw Refused(what, text) };
    }

    private async Task<(JobControlAnswer Answer, string Text)> OrderAsync(HostCommand command, CancellationToken cancellationToken)
    {
        var result = await Host.RunAsync(command, cancellationToken).ConfigureAwait(false);
        var text = result.TimedOut ? $"it did not answer within {result.Elapsed.TotalSeconds:0.#} s" : result.AllOutput.Trim();
        return (Scheduler.ReadControl(result), text);
    }

    private JobFailedException Refused(string what, string text) => new(JobFailureReason.Rejected,
        $"{Scheduler.Name} did not {what} job {Id} ({Name}): {(text.Length == 0 ? "it gave no reason" : text)}. Try again, or ask the site.", Id, folder.LogPaths);
}
