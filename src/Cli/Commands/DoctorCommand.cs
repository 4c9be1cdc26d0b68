using System.Text.Json;
using Spectre.Console;

namespace PathosHpc;

/// <summary>pathos doctor: looks at what is here, and says what to do about what is not.</summary>
internal sealed class DoctorCommand(PathosTool tool, DoctorOptions options)
{
    /// <summary>Prints rank and size as the launcher tells them, for MPICH's kind, Open MPI's, and srun.</summary>
    private const string WhoAmI = "echo rank ${PMI_RANK:-${OMPI_COMM_WORLD_RANK:-${PMIX_RANK:-?}}} of ${PMI_SIZE:-${OMPI_COMM_WORLD_SIZE:-${SLURM_NTASKS:-?}}}";

    private readonly List<(string What, bool? Good, string Found, string Remedy)> findings = [];

    internal async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        foreach (var program in new[] { "mpiexec.hydra", "mpiexec.openmpi", "mpiexec" }) await LookAtMpiexecAsync(program, cancellationToken).ConfigureAwait(false);
        if (findings.Count == 0) Add("mpiexec", null, "none on PATH", "That is usual on a login node. On a node, load the site's MPI module or install MPICH or Open MPI.");
        await LookForSchedulersAsync(cancellationToken).ConfigureAwait(false);
        LookAtSites();
        if (options.Submit) await SubmitAsync(cancellationToken).ConfigureAwait(false);
        Show();
        return findings.Any(f => f.Good == false) ? ExitCodes.JobFailed : ExitCodes.Ok;
    }

    private async Task LookAtMpiexecAsync(string program, CancellationToken cancellationToken)
    {
        var version = await tool.Host.RunAsync(new HostCommand(program, "--version"), cancellationToken).ConfigureAwait(false);
        if (version.ExitCode == 127) return;
        var first = version.AllOutput.Split('\n').FirstOrDefault(line => line.Any(char.IsDigit))?.Trim() ?? "no version";
        var run = await tool.Host.RunAsync(new HostCommand(program, "-n", "2", "bash", "-c", WhoAmI)
        {
            Timeout = TimeSpan.FromSeconds(20),
            Variables = new Dictionary<string, string> { ["OMPI_ALLOW_RUN_AS_ROOT"] = "1", ["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1", ["OMPI_MCA_rmaps_base_oversubscribe"] = "1" },
        }, cancellationToken).ConfigureAwait(false);
        var good = HasTwoRanks(run.StandardOutput);
        Add(program, good, first, good ? "" : $"Two ranks did not start: {Short(run)}. Try '{program} -n 2 hostname' by hand; see the site's pages on MPI.");
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
        var site = JobRequestReader.Site(options);
        var asked = JobRequestReader.Resources(options);
        var resources = asked with { Nodes = options.Nodes is null ? 2 : asked.Nodes, Walltime = asked.Walltime ?? TimeSpan.FromMinutes(5) };
        var spec = new JobSpec { Name = "doctor", Resources = resources, Environment = site.Environment, FailIfItCanNeverRun = true, Launcher = site.Launcher, Command = ["bash", "-c", WhoAmI] };
        try
        {
            var folder = options.WorkFolder is { } given ? Path.GetFullPath(given) : site.WorkFolder;
            await using var job = await BatchJob.SubmitAsync(JobRequestReader.Scheduler(site, options), spec, tool.Host, folder, cancellationToken).ConfigureAwait(false);
            var result = await WaitCommand.WaitAsync(tool, job, cancellationToken).ConfigureAwait(false);
            var lines = new List<string>();
            await foreach (var line in job.ReadLogAsync(cancellationToken: cancellationToken).ConfigureAwait(false)) lines.Add(line);
            var good = result.State == JobState.Completed && lines.Distinct().Count(line => line.EndsWith($" of {resources.TotalRanks}", StringComparison.Ordinal)) == resources.TotalRanks;
            Add("job of two nodes", good, $"{job.Id}: {string.Join(", ", lines.Take(4))}", good ? "" : result.State == JobState.Completed
                ? "The ranks did not find each other: launcher and MPI do not belong together. Choose another --launcher or --mpi." : result.Message);
        }
        catch (JobFailedException e)
        {
            Add("job of two nodes", false, e.Reason.ToString(), e.Message);
        }
    }

    private void Add(string what, bool? good, string found, string remedy) => findings.Add((what, good, found, remedy));

    private static bool HasTwoRanks(string output) => output.Contains("rank 0 of 2", StringComparison.Ordinal) && output.Contains("rank 1 of 2", StringComparison.Ordinal);

    private static string Short(CommandResult result) => result.TimedOut ? "it did not end within 20 s" : $"exit code {result.ExitCode}, {result.AllOutput.Trim().Split('\n')[0]}";

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
