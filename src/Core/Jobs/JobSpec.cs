namespace PathosHpc;

/// <summary>One job: what it runs, on what, and with which environment. Where it is queued is the <see cref="Scheduler"/>'s business.</summary>
public sealed record JobSpec
{
    /// <summary>Name for people; the scheduler sees at most its beginning, followed by a token of this submission.</summary>
    public string Name { get; init; } = "pathos";

    /// <summary>What is asked for.</summary>
    public ResourceRequest Resources { get; init; } = new();

    /// <summary>Program and arguments that the script runs: once, on the job's first node, or on every rank where there is a <see cref="Launcher"/>.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>Starts <see cref="Command"/> on every rank; null runs it once. Default: null.</summary>
    public Launcher? Launcher { get; init; }

    /// <summary>In place of <see cref="Command"/>: a line of bash that goes into the script as it is and may name <c>$PATHOS_JOB_FOLDER</c>, <c>$PATHOS_HOSTS</c> (each node once), <c>$PATHOS_SLOTS</c> (the same with <c>slots=</c>),
    /// <c>$PATHOS_REMOTE</c> (the scheduler's remote start, called like ssh) and <c>$PATHOS_RANK</c> (the script that sets up each rank).</summary>
    public string? CommandLine { get; init; }

    /// <summary>Variables of the job and of each of its ranks. Nothing else of this process's environment reaches the job.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Lines of bash that run on every node before the program, after those of the scheduler's own prologue.</summary>
    public IReadOnlyList<string> Prologue { get; init; } = [];

    /// <summary>Arguments of <c>ulimit</c> on every node, such as <c>-s unlimited</c>; one that is not allowed there is left.</summary>
    public IReadOnlyList<string> Limits { get; init; } = ["-c 0"];

    /// <summary>Folder of the host in which the program starts; null for the job folder.</summary>
    public string? WorkingFolder { get; init; }

    /// <summary>The job waits for these.</summary>
    public IReadOnlyList<JobDependency> Dependencies { get; init; } = [];

    /// <summary>Whether the job stays held after its submission, until it is released.</summary>
    public bool Held { get; init; }

    /// <summary>Whether a request that can never run fails the job. By default it is a warning, since a site may change its limits.</summary>
    public bool FailIfItCanNeverRun { get; init; }

    /// <summary>Whether the job goes on with the nodes that are left when one is lost; its program starts anew on those. Where the scheduler can.</summary>
    internal bool OutlivesNodes { get; init; }

    /// <summary>How often the program is started again, within the job, when a signal ended it that was not sent to the job.</summary>
    internal int Restarts { get; init; }

    /// <summary>How long before its walltime, or before it makes room for another, its program is sent SIGTERM, where the scheduler can do that; null for no such warning.</summary>
    internal TimeSpan? WarnBefore { get; init; }

    /// <summary>Folders of the program that each node may unpack for itself, in place of reading them where all nodes do.</summary>
    internal IReadOnlyList<ProgramArchive> Archives { get; init; } = [];

    /// <summary>Files that only the user can read, by their paths in the job folder; they are there before the job is submitted.</summary>
    internal IReadOnlyDictionary<string, byte[]> Files { get; init; } = new Dictionary<string, byte[]>();

    /// <summary>What is wrong with this alone, whatever the scheduler; one sentence each.</summary>
    internal List<string> Check()
    {
        var errors = new List<string>(Resources.Check());
        if (CommandLine is null == (Command.Count == 0)) errors.Add("Give either Command or CommandLine, and not both.");
        if (CommandLine is not null && Launcher is not null) errors.Add("CommandLine starts its ranks itself; give Command with a Launcher, or leave Launcher out.");
        if (CommandLine is { } line && line.Any(char.IsControl)) errors.Add("CommandLine holds a line end or another control character; make it one line.");
        foreach (var name in Environment.Keys.Where(name => !IsVariable(name)))
            errors.Add($"Environment names '{name}', which bash cannot export; use letters, digits and '_'.");
        foreach (var (name, _) in Environment.Where(v => v.Value.Contains('\0', StringComparison.Ordinal)))
            errors.Add($"Environment variable '{name}' holds a NUL character, which no program can be given.");
        if (Command.Any(word => word.Contains('\0', StringComparison.Ordinal))) errors.Add("Command holds a NUL character, which no program can be given.");
        foreach (var dependency in Dependencies.Where(d => d.JobIds.Count == 0 || d.JobIds.Any(id => id.Length == 0 || !id.All(IsIdCharacter))))
            errors.Add($"A dependency ({dependency.Condition}) names the jobs '{string.Join("', '", dependency.JobIds)}'; give ids as the scheduler prints them.");
        return errors;
    }

    private static bool IsVariable(string name) => name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');

    private static bool IsIdCharacter(char c) => char.IsAsciiLetterOrDigit(c) || "._-[]@+".Contains(c, StringComparison.Ordinal);
}
