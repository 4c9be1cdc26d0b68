using System.Globalization;
using System.Text;

namespace PathosHpc;

/// <summary>pathos attach and pathos fetch</summary>
internal static class MapCommand
{
    private static readonly TimeSpan pause = TimeSpan.FromMilliseconds(500);

    internal static async Task<int> AttachAsync(PathosTool tool, AttachOptions options, CancellationToken cancellationToken)
    {
        (IReadOnlyList<SubmittedJob> found, string map) = await FindAsync(tool, options, cancellationToken).ConfigureAwait(false);
        var jobs = new List<BatchJob>();
        foreach (SubmittedJob submitted in found)
            jobs.Add(await JobFinder.AttachAsync(tool, options, submitted, cancellationToken).ConfigureAwait(false));
        var journal = new JournalText(tool.Host, $"{map}/{MapFolder.Journal}");
        string told = "";
        for (bool isLast = false; !isLast && !journal.HasEnded;)
        {
            isLast = jobs.TrueForAll(job => job.Result is not null) || await IsOverAsync(tool.Host, map, cancellationToken).ConfigureAwait(false);
            await foreach ((long index, string value) in journal.ReadNewAsync(cancellationToken).ConfigureAwait(false))
                Print(tool, options, index, value);
            BatchJob current = jobs.Find(job => job.Result is null) ?? jobs[^1];
            string now = $"{current.Name} ({current.Id}): {current.State} {current.StateText}".TrimEnd();
            if (now != told)
                tool.Error.WriteLine($"{told = now}; {Progress(journal)}");
            if (!isLast && !journal.HasEnded)
                await Task.Delay(pause, cancellationToken).ConfigureAwait(false);
        }
        foreach (BatchJob job in jobs)
            await job.DisposeAsync().ConfigureAwait(false);
        return Tell(tool, journal);
    }

    internal static async Task<int> FetchAsync(PathosTool tool, FetchOptions options, CancellationToken cancellationToken)
    {
        (_, string map) = await FindAsync(tool, options, cancellationToken).ConfigureAwait(false);
        string folder = $"{map}/{MapFolder.Journal}";
        if (options.Output is { } output)
        {
            await BringAsync(tool, folder, Path.GetFullPath(output), cancellationToken).ConfigureAwait(false);
            return ExitCodes.Ok;
        }
        var journal = new JournalText(tool.Host, folder);
        var values = new SortedDictionary<long, string>();
        await foreach ((long index, string value) in journal.ReadNewAsync(cancellationToken).ConfigureAwait(false))
            values[index] = value;
        foreach ((long index, string value) in values)
            Print(tool, options, index, value);
        Tell(tool, journal);
        return ExitCodes.Ok;
    }

    private static async Task<(IReadOnlyList<SubmittedJob> Jobs, string Map)> FindAsync(PathosTool tool, MapJobOptions options, CancellationToken cancellationToken)
    {
        string? work = await JobFinder.WorkFolderAsync(tool, options, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<SubmittedJob> all = await SubmittedJob.ListAsync(tool.Host, work, cancellationToken).ConfigureAwait(false);
        SubmittedJob first = all.FirstOrDefault(job => job.IsNamed(options.Id))
            ?? throw new UsageException($"No job '{options.Id}' was submitted from the work folder {work}. 'pathos status' lists those that were.", ExitCodes.NoSuchJob);
        string map = $"{first.Folder}/{MapFolder.Name}";
        byte[] list = await tool.Host.ReadFileAsync($"{map}/{MapFolder.Jobs}", cancellationToken: cancellationToken).ConfigureAwait(false)
            ?? throw new UsageException($"Job '{options.Id}' is no submitted map: it has no results to read. 'pathos logs' shows what it wrote.", ExitCodes.NoSuchJob);
        string[] folders = Encoding.UTF8.GetString(list).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return ([.. folders.Select(folder => all.FirstOrDefault(job => job.Folder == folder)).OfType<SubmittedJob>()], map);
    }

    private static async Task BringAsync(PathosTool tool, string folder, string output, CancellationToken cancellationToken)
    {
        if (Directory.Exists(output))
            throw new UsageException($"The folder {output} exists; name one that does not.");
        Directory.CreateDirectory(output);
        int count = 0;
        foreach (HostFile file in await tool.Host.ListAsync(folder, cancellationToken).ConfigureAwait(false))
        {
            if (file.IsFolder || !JournalFormat.IsSegment(file.Name))
                continue;
            await tool.Host.GetFileAsync($"{folder}/{file.Name}", Path.Combine(output, file.Name), cancellationToken).ConfigureAwait(false);
            count++;
        }
        tool.Error.WriteLine($"{count} segments of the journal are in {output}.");
    }

    private static void Print(PathosTool tool, CommonOptions options, long index, string value) =>
        tool.Output.WriteLine(options.Json ? string.Create(CultureInfo.InvariantCulture, $"{{\"index\":{index},\"value\":{AsJson(value)}}}") : string.Create(CultureInfo.InvariantCulture, $"{index}\t{value}"));

    /// <summary>What is no JSON of itself is a JSON string.</summary>
    private static string AsJson(string value)
    {
        try
        {
            using var _ = System.Text.Json.JsonDocument.Parse(value);
            return value;
        }
        catch (System.Text.Json.JsonException)
        {
            return $"\"{System.Text.Json.JsonEncodedText.Encode(value)}\"";
        }
    }

    private static int Tell(PathosTool tool, JournalText journal)
    {
        foreach ((long index, string why) in journal.Failures)
            tool.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"item {index} failed: {why}"));
        tool.Error.WriteLine(Progress(journal));
        return journal.HasEnded && journal.Failures.Count == 0 ? ExitCodes.Ok : ExitCodes.JobFailed;
    }

    private static string Progress(JournalText journal) =>
        string.Create(CultureInfo.InvariantCulture, $"{journal.Completed} of {(journal.Total is { } total ? total : "so far unknown")} items have their result.");

    private static async Task<bool> IsOverAsync(ClusterHost host, string map, CancellationToken cancellationToken) =>
        (await host.ListAsync(map, cancellationToken).ConfigureAwait(false)).Any(file => file.Name == MapFolder.Over);
}
