using System.Globalization;
using System.Text.RegularExpressions;

namespace PathosHpc;

/// <summary>Makes a site, a scheduler and a job of a command line.</summary>
internal static partial class JobRequestReader
{
    internal static SiteProfile Site(JobOptions options)
    {
        if (options.Site is { } name)
        {
            if (options.Scheduler is not null || options.Launcher is not null || options.Mpi is not null)
                throw new UsageException($"--scheduler, --launcher and --mpi are told by the site {name}; leave them out, or leave out --site.");
            return SiteProfile.Load(name);
        }
        if (options.Scheduler is not { } scheduler) throw new UsageException($"Give --site NAME or --scheduler slurm, pbs or torque. {Sites()}");
        using var stream = new MemoryStream();
        using (var json = new System.Text.Json.Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("scheduler", scheduler);
            if (options.Launcher is { } launcher) json.WriteString("launcher", launcher);
            if (options.Mpi is { } mpi) json.WriteString("mpi", mpi);
            json.WriteEndObject();
        }
        return SiteProfile.Parse(System.Text.Encoding.UTF8.GetString(stream.ToArray()), "of the command line");
    }

    /// <summary>The site's scheduler with what the command line adds.</summary>
    internal static Scheduler Scheduler(SiteProfile site, JobOptions options) =>
        site.Scheduler.With(options.Queue, options.Account, [.. options.Directives]);

    internal static JobSpec Spec(PathosTool tool, SiteProfile site, JobOptions options, string folder)
    {
        string[] command = [.. options.Command];
        if (command.Length == 0) throw new UsageException("Give the program and its arguments after --, as in: pathos submit -n 2 -- ./program argument");
        var resources = Resources(options);
        var dotnet = tool.Host is LocalHost ? Dotnet(site) : site.Dotnet ?? "dotnet";
        if (command[0].EndsWith(".dll", StringComparison.OrdinalIgnoreCase)) command = [dotnet, .. command];
        else if (command[0] == "dotnet") command = [dotnet, .. command[1..]];
        var environment = Environment(site);
        foreach (var variable in options.Variables)
        {
            var parts = variable.Split('=', 2);
            environment[parts[0]] = parts.Length == 2 ? parts[1] : System.Environment.GetEnvironmentVariable(parts[0])
                ?? throw new UsageException($"--env {variable}: there is no such variable here. Write --env {variable}=VALUE.");
        }
        return new JobSpec
        {
            Name = options.Name,
            Resources = resources,
            Environment = environment,
            Prologue = [.. options.Prologue],
            Held = options.Held,
            WorkingFolder = folder,
            Dependencies = options.After.Any() ? [new JobDependency(JobDependencyCondition.Succeeded, [.. options.After])] : [],
            Command = command,
            Launcher = options.Once ? null : site.Launcher,
        };
    }

    /// <summary>The variables of every job of the site.</summary>
    internal static Dictionary<string, string> Environment(SiteProfile site)
    {
        var environment = new Dictionary<string, string>(site.Environment);
        if (site.MpiLibrary is { } library) environment["PATHOS_MPI_LIB"] = library;
        return environment;
    }

    /// <summary>An absolute path: what a login shell finds on a node may be another dotnet, or none.</summary>
    internal static string Dotnet(SiteProfile site) => site.Dotnet ?? WorkerProgram.DotnetHost();

    internal static ResourceRequest Resources(JobOptions options)
    {
        var request = options.Nodes is { } nodes ? ResourceRequest.Parse(nodes) : new ResourceRequest();
        return request with
        {
            Ranks = options.Ranks,
            CoresPerRank = options.Cores ?? request.CoresPerRank,
            GpusPerNode = options.Gpus,
            Walltime = options.Time is { } time ? Time(time) : null,
            MemoryPerNode = options.MemoryPerNode is { } node ? MemorySize.Parse(node) : null,
            MemoryPerRank = options.MemoryPerRank is { } rank ? MemorySize.Parse(rank) : null,
        };
    }

    /// <summary>A time that can be misread is refused: 2:00 is two hours to some and two minutes to others.</summary>
    internal static TimeSpan Time(string text)
    {
        if (UnitTime().Match(text) is { Success: true } unit)
        {
            var amount = double.Parse(unit.Groups[1].Value, CultureInfo.InvariantCulture);
            return unit.Groups[2].Value switch { "s" => TimeSpan.FromSeconds(amount), "m" => TimeSpan.FromMinutes(amount), "h" => TimeSpan.FromHours(amount), _ => TimeSpan.FromDays(amount) };
        }
        if (ClockTime().Match(text) is { Success: true } clock)
        {
            int Part(int group) => clock.Groups[group].Success ? int.Parse(clock.Groups[group].Value, CultureInfo.InvariantCulture) : 0;
            return new TimeSpan(Part(1), Part(2), Part(3), Part(4));
        }
        throw new UsageException($"--time {text} can be misread. Write 90s, 30m, 2h, 1d, HH:MM:SS or D-HH:MM:SS.");
    }

    private static string Sites() => SiteProfile.Names is { Count: > 0 } names ? $"Sites here: {string.Join(", ", names)}." : $"Sites are files in {SiteProfile.Folder}; there are none.";

    [GeneratedRegex(@"^(\d+(?:\.\d+)?)([smhd])$")]
    private static partial Regex UnitTime();

    [GeneratedRegex(@"^(?:(\d{1,4})-)?(\d{1,5}):([0-5]\d):([0-5]\d)$")]
    private static partial Regex ClockTime();
}
