using System.Globalization;
using System.Text;

namespace PathosHpc;

/// <summary>The folder of one job on its host: scripts, environment, attempts, logs. One writer a file; new files are found by listing.</summary>
internal sealed class JobFolder(ClusterHost host, string path)
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode PrivateProgram = Private | UnixFileMode.UserExecute;
    private const string Prefix = "attempt-";

    internal string Path => path;

    internal string ScriptPath => $"{path}/job.sh";

    internal string LogPath(JobLog log) => $"{path}/{log switch { JobLog.Output => "stdout.log", JobLog.Error => "stderr.log", _ => "scheduler.log" }}";

    internal IReadOnlyList<string> LogPaths => [LogPath(JobLog.Output), LogPath(JobLog.Error), LogPath(JobLog.Scheduler)];

    internal async Task CreateAsync(Scheduler scheduler, JobPlan plan, CancellationToken cancellationToken)
    {
        var script = scheduler.RenderScript(plan);
        await host.CreateFolderAsync(path, PrivateProgram, cancellationToken).ConfigureAwait(false);
        foreach (var folder in plan.Spec.Files.Keys.Select(System.IO.Path.GetDirectoryName).Where(folder => folder is { Length: > 0 }).Distinct())
            await host.CreateFolderAsync($"{path}/{folder}", PrivateProgram, cancellationToken).ConfigureAwait(false);
        foreach (var (name, content) in plan.Spec.Files) await host.WriteFileAsync($"{path}/{name}", content, Private, cancellationToken).ConfigureAwait(false);
        await WriteAsync("environment", JobScript.RenderEnvironment(plan.Spec.Environment), Private, cancellationToken).ConfigureAwait(false);
        await WriteAsync("rank.sh", scheduler.RenderRankScript(plan), PrivateProgram, cancellationToken).ConfigureAwait(false);
        if (scheduler.RemoteScript is { } remote) await WriteAsync("remote.sh", remote.ReplaceLineEndings("\n"), PrivateProgram, cancellationToken).ConfigureAwait(false);
        await WriteAsync("job.sh", script, PrivateProgram, cancellationToken).ConfigureAwait(false);
    }

    internal Task WriteAsync(string name, string text, UnixFileMode mode, CancellationToken cancellationToken) =>
        host.WriteFileAsync($"{path}/{name}", Encoding.UTF8.GetBytes(text), mode, cancellationToken);

    /// <summary>A job whose script starts after this does nothing.</summary>
    internal Task ForbidAsync(string why, CancellationToken cancellationToken) => WriteAsync("canceled", why + "\n", Private, cancellationToken);

    internal Task WriteRecordAsync(JobFolderRecord record, CancellationToken cancellationToken) => host.WriteFileAsync($"{path}/job.json", record.ToJson(), Private, cancellationToken);

    internal async Task<JobFolderRecord?> ReadRecordAsync(CancellationToken cancellationToken) =>
        await host.ReadFileAsync($"{path}/job.json", cancellationToken: cancellationToken).ConfigureAwait(false) is { } json ? JobFolderRecord.FromJson(json) : null;

    internal Task WriteResultAsync(JobResult result, CancellationToken cancellationToken) => host.WriteFileAsync($"{path}/result.json", JobResultFile.ToJson(result), Private, cancellationToken);

    /// <summary>How the job ended, as somebody who followed it to its end wrote it down.</summary>
    internal async Task<JobResult?> ReadResultAsync(CancellationToken cancellationToken) =>
        await host.ReadFileAsync($"{path}/result.json", cancellationToken: cancellationToken).ConfigureAwait(false) is { } json ? JobResultFile.FromJson(json, LogPaths) : null;

    /// <summary>The newest attempt; null when the script has not started.</summary>
    internal async Task<JobAttempt?> ReadAttemptAsync(CancellationToken cancellationToken)
    {
        var numbers = from file in await host.ListAsync(path, cancellationToken).ConfigureAwait(false)
                      where file.Name.StartsWith(Prefix, StringComparison.Ordinal)
                      select int.TryParse(file.Name.AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : 0;
        var number = numbers.DefaultIfEmpty().Max();
        if (number == 0) return null;
        var files = (await host.ListAsync($"{path}/{Prefix}{number}", cancellationToken).ConfigureAwait(false)).Select(file => file.Name).ToHashSet();
        // The script makes the folder before it writes into it.
        if (!files.Contains("started")) return null;
        var started = await LinesAsync(number, "started", cancellationToken).ConfigureAwait(false);
        if (started.Count < 3 || !long.TryParse(started[2], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)) return null;
        var signals = files.Contains("signals") ? await LinesAsync(number, "signals", cancellationToken).ConfigureAwait(false) : [];
        int? exit = files.Contains("exit") && await LinesAsync(number, "exit", cancellationToken).ConfigureAwait(false) is [{ } text, ..]
            && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var code) ? code : null;
        return new JobAttempt(number, started[0], started[1], DateTimeOffset.FromUnixTimeSeconds(seconds), exit, signals);
    }

    /// <summary>The end of a log as text; empty when there is none.</summary>
    internal async Task<string> TailAsync(JobLog log, int maxBytes, CancellationToken cancellationToken) =>
        Encoding.UTF8.GetString(await host.ReadFileAsync(LogPath(log), -maxBytes, maxBytes, cancellationToken).ConfigureAwait(false) ?? []);

    private async Task<IReadOnlyList<string>> LinesAsync(int attempt, string name, CancellationToken cancellationToken)
    {
        var bytes = await host.ReadFileAsync($"{path}/{Prefix}{attempt}/{name}", 0, 4096, cancellationToken).ConfigureAwait(false) ?? [];
        return Encoding.UTF8.GetString(bytes).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
