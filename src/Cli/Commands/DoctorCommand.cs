using System.Text.Json;
using Spectre.Console;

namespace PathosHpc;

/// <summary>pathos doctor: looks at what is here, and says what to do about what is not.</summary>
internal sealed class DoctorCommand(PathosTool tool, DoctorOptions options)
{
    private static readonly TimeSpan WorldLimit = TimeSpan.FromSeconds(60);

    private readonly List<(string What, bool? Good, string Found, string Remedy)> findings = [];
    private readonly HashSet<MpiexecVersion> tried = [];

    internal async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        foreach (var program in MpiexecProbe.UsualNames) await LookAtMpiexecAsync(program, cancellationToken).ConfigureAwait(false);
        if (findings.Count == 0) Add("mpiexec", null, "none on PATH", "That is usual on a login node. On a node, load the site's MPI module or install MPICH or Open MPI.");
        await LookForSchedulersAsync(cancellationToken).ConfigureAwait(false);
        LookAtSites();
        if (options.Submit) await SubmitAsync(cancellationToken).ConfigureAwait(false);
        Show();
        return findings.Any(f => f.Good == false) ? ExitCodes.JobFailed : ExitCodes.Ok;
    }

    private async Task LookAtMpiexecAsync(string program, CancellationToken cancellationToken)
    {
        var answer = await tool.Host.RunAsync(new HostCommand(program, "--version"), cancellationToken).ConfigureAwait(false);
        if (answer.ExitCode == 127) return;
        if (MpiexecVersion.Parse(answer.AllOutput) is not { } version)
        {
            Add(program, answer.TimedOut ? false : null, answer.TimedOut ? "no answer" : "neither MPICH's nor Open MPI's",
                answer.TimedOut ? $"'{program} --version' did not end within {answer.Elapsed.TotalSeconds:0} s. Run it by hand to see what it waits for."
                    : $"'{program} --version' says '{answer.AllOutput.Trim().Split('\n')[0]}'. If it is the site's own launcher, describe it with \"launcher\" in a site profile.");
            return;
        }
        if (!tried.Add(version)) return;
        var (command, variables) = WorkerProgram.Command(typeof(MpiPool).Assembly, Greeting.Verb);
        var launcher = new MpiexecLauncher(program, version, MpiexecProbe.IsSingleCopyRestricted());
        var plan = launcher.Plan(new LaunchRequest { Ranks = 2, Command = command, Environment = variables });
        string[] present = [.. Environment.GetEnvironmentVariables().Keys.Cast<string>()];
        var run = await tool.Host.RunAsync(new HostCommand(plan.Arguments)
        {
            Timeout = WorldLimit,
            Variables = plan.Environment,
            HiddenVariables = [.. LaunchEnvironment.VariablesToRemove(present), .. LaunchEnvironment.AllocationVariables(present)],
        }, cancellationToken).ConfigureAwait(false);
        Add(program, IsWorld(run.StandardOutput.Split('\n'), 2), $"{version.Product} {version.Version}", run.TimedOut
            ? $"Two ranks did not become a world within {WorldLimit.TotalSeconds:0} s. Run '{program} -n 2 hostname' by hand: a host name that does not resolve is the usual cause."
            : Objection(run.AllOutput) ?? $"Two ranks did not become a world: exit code {run.ExitCode}, {LastLine(run.AllOutput)} Run '{program} -n 2 hostname' by hand, and see the site's pages on MPI.");
    }

    private async Task LookForSchedulersAsync(CancellationToken cancellationToken)
    {
        var found = 0;
        foreach (var scheduler in new Scheduler[] { new SlurmScheduler(), new PbsScheduler(), new TorqueScheduler() })
        {
            var result = await tool.Host.RunAsync(scheduler.VersionCommand, cancellationToken).ConfigureAwait(false);
            if (scheduler.ReadVersion(result) is not { } version) continue;
            found++;
            var answer = scheduler.ReadFound(await tool.Host.RunAsync(scheduler.FindCommand("pathos-doctor"), cancellationToken).ConfigureAwait(false));
            Add(scheduler.Name, answer is not null, $"version {version}", answer is not null ? "" : "Its commands are here, but its server does not answer. Ask the site, or look whether this machine may submit.");
        }
        if (found == 0) Add("scheduler", null, "none on PATH", "Pools of this machine need none. For jobs, log in to a cluster, or load the scheduler's module.");
    }

    private void LookAtSites()
    {
        foreach (var name in SiteProfile.Names)
        {
            try
            {
                var site = SiteProfile.Load(name);
                Add($"site {name}", true, $"{site.Scheduler.Name}, {site.Launcher.Name}", "");
            }
            catch (InvalidSiteProfileException e)
            {
                Add($"site {name}", false, $"{e.Errors.Count} errors", string.Join(" ", e.Errors));
            }
        }
    }

    private async Task SubmitAsync(CancellationToken cancellationToken)
    {
        const string What = "world in a job";
        var site = JobRequestReader.Site(options);
        var asked = JobRequestReader.Resources(options);
        var resources = asked with { Nodes = options.Nodes is null && options.Ranks is null ? 2 : asked.Nodes, Walltime = asked.Walltime ?? TimeSpan.FromMinutes(5) };
        var (command, variables) = WorkerProgram.Command(typeof(MpiPool).Assembly, Greeting.Verb);
        var environment = JobRequestReader.Environment(site);
        foreach (var (name, value) in variables) environment.TryAdd(name, value);
        var spec = new JobSpec { Name = "doctor", Resources = resources, Environment = environment, FailIfItCanNeverRun = true, Launcher = site.Launcher, Command = [site.Dotnet ?? command[0], .. command.Skip(1)] };
        var folder = options.WorkFolder is { } given ? Path.GetFullPath(given) : site.WorkFolder;
        try
        {
            await using var job = await BatchJob.SubmitAsync(JobRequestReader.Scheduler(site, options), spec, tool.Host, folder, cancellationToken).ConfigureAwait(false);
            try
            {
                var result = await WaitCommand.WaitAsync(tool, job, cancellationToken).ConfigureAwait(false);
                string[] lines = [.. await ReadAsync(job, JobLog.Output, cancellationToken).ConfigureAwait(false)];
                string[] nodes = [.. lines.Where(line => line.StartsWith("rank ", StringComparison.Ordinal)).Select(line => line.Split(" on ")[^1]).Distinct()];
                var isWorld = result.State == JobState.Completed && IsWorld(lines, resources.TotalRanks);
                var granted = await GrantedAsync(job, cancellationToken).ConfigureAwait(false);
                // Nodes that the scheduler calls otherwise than they call themselves may be several on one machine.
                var isSpread = !resources.HasNodes || nodes.Length == (resources.Nodes ?? 1) || !nodes.Any(node => granted.Contains(node.Split('.')[0]));
                Add(What, isWorld && isSpread, $"{job.Id}: {(nodes.Length > 0 ? "on " + string.Join(", ", nodes) : result.Reason?.ToString() ?? "no ranks")}",
                    isWorld ? $"All ranks ran on {string.Join(", ", nodes)}, although {resources.Nodes} nodes were granted: {site.Launcher.Name} did not hear of the others. Choose another launcher."
                        : Remedy(result, command, string.Join('\n', await ReadAsync(job, JobLog.Error, cancellationToken).ConfigureAwait(false))));
            }
            catch (OperationCanceledException)
            {
                await job.CancelAsync(CancellationToken.None).ConfigureAwait(false);
                throw;
            }
        }
        catch (JobFailedException e)
        {
            Add(What, false, e.Reason.ToString(), e.Message);
        }
    }

    /// <summary>What to do about a job whose ranks did not become a world.</summary>
    private static string Remedy(JobResult result, IReadOnlyList<string> command, string errors)
    {
        if (Objection(errors) is { } objection) return objection;
        if (errors.Contains("No such file or directory", StringComparison.Ordinal) && errors.Contains("dotnet", StringComparison.Ordinal))
            return $"The nodes have no {command[0]}. Put .NET onto a file system that all nodes share, and name it with \"dotnet\" in a site profile.";
        if (errors.Contains("does not exist", StringComparison.Ordinal) || errors.Contains("was not found", StringComparison.Ordinal))
            return $"The nodes do not see {AppContext.BaseDirectory}. Put this tool onto a file system that all nodes share.";
        return result.State == JobState.Completed
            ? "The job ended with exit code 0, but its ranks are no world: launcher and MPI do not belong together. Choose another --launcher or --mpi."
            : result.Message;
    }

    /// <summary>The short names of the nodes that the job was given.</summary>
    private async Task<HashSet<string>> GrantedAsync(BatchJob job, CancellationToken cancellationToken)
    {
        var hosts = await tool.Host.ReadFileAsync($"{job.Folder}/attempt-{job.Attempt?.Number ?? 1}/hosts", cancellationToken: cancellationToken).ConfigureAwait(false) ?? [];
        return [.. System.Text.Encoding.UTF8.GetString(hosts).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('.')[0])];
    }

    private static async Task<List<string>> ReadAsync(BatchJob job, JobLog log, CancellationToken cancellationToken)
    {
        var lines = new List<string>();
        await foreach (var line in job.ReadLogAsync(log, cancellationToken: cancellationToken).ConfigureAwait(false)) lines.Add(line);
        return lines;
    }

    private void Add(string what, bool? good, string found, string remedy) => findings.Add((what, good, found, good == true ? "" : remedy));

    private static bool IsWorld(IReadOnlyCollection<string> lines, int size) =>
        Enumerable.Range(0, size).All(rank => lines.Count(line => line.StartsWith(Greeting.Line(rank, size, ""), StringComparison.Ordinal)) == 1);

    /// <summary>What a rank itself says is wrong.</summary>
    private static string? Objection(string output) =>
        output.Split('\n').FirstOrDefault(line => line.StartsWith(Greeting.Objection, StringComparison.Ordinal))?[Greeting.Objection.Length..].Trim();

    private static string LastLine(string output) => output.Trim().Split('\n')[^1];

    private void Show()
    {
        if (options.Json)
        {
            ShowJson();
            return;
        }
        var table = new Table().Border(TableBorder.Simple).AddColumns("", "what", "found", "what to do");
        foreach (var (what, good, found, remedy) in findings)
            table.AddRow(Markup.Escape(good switch { true => "ok", false => "FAILED", _ => "-" }), Markup.Escape(what), Markup.Escape(found), Markup.Escape(remedy));
        tool.Screen.Write(table);
    }

    private void ShowJson()
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartArray();
            foreach (var (what, good, found, remedy) in findings)
            {
                json.WriteStartObject();
                json.WriteString("what", what);
                if (good is { } known) json.WriteBoolean("good", known);
                json.WriteString("found", found);
                json.WriteString("remedy", remedy);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        tool.Output.WriteLine(System.Text.Encoding.UTF8.GetString(stream.ToArray()));
    }
}
