using System.Globalization;

namespace PathosHpc;

/// <summary>An adapter for the program that queues jobs on a cluster. It is pure: from a request it makes script text and commands, and of
/// commands' output it makes ids, states and reasons; it runs nothing itself. Derive from it for a scheduler that this library does not know.</summary>
public abstract partial class Scheduler
{
    private string? queue;
    private string? account;
    private IReadOnlyList<string> extraDirectives = [];

    /// <summary>Its name, such as <c>Slurm</c>. Jobs of schedulers of one name on one host are asked about together.</summary>
    public abstract string Name { get; }

    /// <summary>Where the job waits: Slurm's partition, the queue of PBS and Torque.</summary>
    public string? Queue { get => queue; init => queue = value; }

    /// <summary>Who is charged.</summary>
    public string? Account { get => account; init => account = value; }

    /// <summary>A reservation to run in.</summary>
    public string? Reservation { get; init; }

    /// <summary>The quality of service (QOS).</summary>
    public string? QualityOfService { get; init; }

    /// <summary>Where e-mail about the job goes.</summary>
    public string? MailAddress { get; init; }

    /// <summary>When e-mail is sent.</summary>
    public JobMail Mail { get; init; }

    /// <summary>Whether the nodes are for this job alone.</summary>
    public bool Exclusive { get; init; }

    /// <summary>Whether ranks may use the hardware threads of a core beside the first; null leaves it to the site.</summary>
    public bool? Hyperthreads { get; init; }

    /// <summary>Lines of bash that run on every node before the program, such as <c>module load mpich</c>.</summary>
    public IReadOnlyList<string> Prologue { get; init; } = [];

    /// <summary>Directives that go into the script as they are, after the others and without their prefix, such as <c>--switches=1</c>.</summary>
    public IReadOnlyList<string> ExtraDirectives { get => extraDirectives; init => extraDirectives = value; }

    /// <summary>Directives that are left out because the site rejects them: those that begin so, such as <c>--mem</c> or <c>-l place</c>.</summary>
    public IReadOnlyList<string> OmittedDirectives { get; init; } = [];

    /// <summary>How the site asks for GPUs, with <c>{gpus}</c> for their number on a node: a directive of Slurm such as <c>--gres=gpu:{gpus}</c>,
    /// a part of PBS's select chunk such as <c>ngpus={gpus}</c>, a part of Torque's nodes such as <c>gpus={gpus}</c>. Null is the scheduler's usual one.</summary>
    public string? GpuSyntax { get; init; }

    /// <summary>Whether ssh works between the nodes of a job. Without it launchers start ranks by the scheduler's own remote start.</summary>
    public bool SshBetweenNodes { get; init; }

    /// <summary>After this time a command other than the submission is killed.</summary>
    /// <value>The default is 30 seconds: Slurm's own commands give up after 9 to 18.</value>
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>After this time a submission is killed and looked up by its token.</summary>
    /// <value>The default is 60 seconds.</value>
    public TimeSpan SubmitTimeout { get; init; } = TimeSpan.FromSeconds(60);

    internal JobPace Pace { get; init; } = JobPace.Default;

    /// <summary>The same with another queue or account, where given, and more directives.</summary>
    internal Scheduler With(string? otherQueue, string? otherAccount, IReadOnlyList<string> moreDirectives)
    {
        var copy = (Scheduler)MemberwiseClone();
        (copy.queue, copy.account, copy.extraDirectives) = (otherQueue ?? queue, otherAccount ?? account, [.. extraDirectives, .. moreDirectives]);
        return copy;
    }

    /// <summary>All that contradicts itself and all that this scheduler cannot honour, a sentence each; empty when the job can be submitted.</summary>
    public IReadOnlyList<string> Check(JobSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        var errors = spec.Check();
        if (Mail != JobMail.None && MailAddress is null) errors.Add($"Mail = {Mail} is asked for, but MailAddress is not given.");
        foreach (var (name, value) in Words().Where(w => w.Value is { } text && (text.Length == 0 || text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c)))))
            errors.Add($"{name} = '{value}'; it must be one word without blanks.");
        if (GpuSyntax is { } gpus && (!gpus.Contains("{gpus}", StringComparison.Ordinal) || gpus.Any(c => char.IsWhiteSpace(c) || char.IsControl(c))))
            errors.Add($"GpuSyntax = '{gpus}'; it must be one word with {{gpus}} in it.");
        foreach (var directive in ExtraDirectives.Where(d => d.Any(char.IsControl)))
            errors.Add($"The extra directive '{directive}' holds a line end or another control character; give one directive an element.");
        foreach (var line in Prologue.Concat(spec.Prologue).Where(l => l.Contains('\0', StringComparison.Ordinal)))
            errors.Add($"The prologue line '{line}' holds a NUL character; remove it.");
        errors.AddRange(CheckCapabilities(spec));
        if (spec.Launcher is { } launcher && spec.Resources.Check().Count == 0)
        {
            if (launcher is SrunLauncher && !IsKnownToLaunchers) errors.Add($"srun belongs to Slurm and cannot start ranks in a job of {Name}; choose another Launcher.");
            else if (JobLaunchLine.Error(spec, Allocation(spec)) is { } error) errors.Add(error);
        }
        return errors;
    }

    /// <summary>What this scheduler cannot honour, a sentence each that says what to do instead.</summary>
    protected abstract IEnumerable<string> CheckCapabilities(JobSpec spec);

    /// <summary>The site's words for so many GPUs a node.</summary>
    private protected string Gpus(string usual, int gpus) => (GpuSyntax ?? usual).Replace("{gpus}", gpus.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);

    private IEnumerable<(string Name, string? Value)> Words() =>
        [(nameof(Queue), Queue), (nameof(Account), Account), (nameof(Reservation), Reservation), (nameof(QualityOfService), QualityOfService), (nameof(MailAddress), MailAddress)];
}
