using System.Text.Json;

namespace PathosHpc;

/// <summary>Reads a site profile and collects all that is wrong with it.</summary>
internal sealed class SiteProfileReader(JsonElement root) : SiteSettings(root)
{
    /// <summary>Null when the errors leave nothing to build a profile of.</summary>
    internal SiteProfile? Read(string name)
    {
        if (Root.ValueKind != JsonValueKind.Object)
        {
            Errors.Add("It must be an object: { \"scheduler\": \"slurm\", ... }.");
            return null;
        }
        var scheduler = Scheduler(OneOf("scheduler", ["slurm", "pbs", "torque"]));
        var launcher = Launcher(scheduler);
        var profile = scheduler is null || launcher is null ? null : new SiteProfile
        {
            Name = name,
            Scheduler = scheduler,
            Launcher = launcher,
            MpiLibrary = AbsolutePath("mpiLibrary"),
            Environment = Variables("environment"),
            WorkFolder = AbsolutePath("workFolder"),
            Dotnet = AbsolutePath("dotnet"),
        };
        if (scheduler is not null)
        {
            // How the site is reached from afar is read where it is reached.
            LeaveTo("address", "ssh");
            CheckNames();
            // A job that asks for nothing shows what is wrong with the scheduler's own settings.
            Errors.AddRange(scheduler.Check(new JobSpec { Command = ["true"], Resources = new() { Nodes = 1 } }));
        }
        return profile;
    }

    private Scheduler? Scheduler(string? kind)
    {
        var (queue, account, reservation, quality) = (Text("queue"), Text("account"), Text("reservation"), Text("qualityOfService"));
        var (address, mail, exclusive, threads) = (Text("mailAddress"), Mail(), Bool("exclusive") ?? false, Bool("hyperthreads"));
        var (prologue, add, omit, gpus, ssh) = (Texts("prologue"), Texts("addDirectives"), Texts("leaveOutDirectives"), Text("gpuSyntax"), Bool("sshBetweenNodes") ?? false);
        return kind switch
        {
            "slurm" => new SlurmScheduler { Queue = queue, Account = account, Reservation = reservation, QualityOfService = quality, MailAddress = address, Mail = mail, Exclusive = exclusive, Hyperthreads = threads, Prologue = prologue, ExtraDirectives = add, OmittedDirectives = omit, GpuSyntax = gpus, SshBetweenNodes = ssh },
            "pbs" => new PbsScheduler { Queue = queue, Account = account, Reservation = reservation, QualityOfService = quality, MailAddress = address, Mail = mail, Exclusive = exclusive, Hyperthreads = threads, Prologue = prologue, ExtraDirectives = add, OmittedDirectives = omit, GpuSyntax = gpus, SshBetweenNodes = ssh },
            "torque" => new TorqueScheduler { Queue = queue, Account = account, Reservation = reservation, QualityOfService = quality, MailAddress = address, Mail = mail, Exclusive = exclusive, Hyperthreads = threads, Prologue = prologue, ExtraDirectives = add, OmittedDirectives = omit, GpuSyntax = gpus, SshBetweenNodes = ssh },
            _ => null,
        };
    }

    private Launcher? Launcher(Scheduler? scheduler)
    {
        var name = Text("launcher") ?? (scheduler is SlurmScheduler ? "srun" : Text("mpi") == "openmpi" ? "openmpi" : "hydra");
        var mpi = OneOf("mpi", ["mpich", "openmpi"], name == "openmpi" ? "openmpi" : "mpich")!;
        var flavor = mpi == "openmpi" ? MpiFlavor.OpenMpi : MpiFlavor.Mpich;
        var (mpiexec, rank, size) = (AbsolutePath("mpiexec"), Text("rankVariable"), Text("sizeVariable"));
        if ((name, mpi) is ("openmpi", "mpich") or ("hydra", "openmpi"))
            Errors.Add($"'launcher' is {name}, but 'mpi' is {mpi}: ranks of one MPI started by the launcher of the other are a world each of their own.");
        if (name == "srun" && scheduler is not null and not SlurmScheduler) Errors.Add($"'launcher' is srun, but the scheduler is {scheduler.Name}; srun belongs to Slurm.");
        switch (name)
        {
            case "srun": return new SrunLauncher(flavor);
            case "hydra" or "openmpi": return new MpiexecLauncher(mpiexec, flavor);
        }
        try
        {
            return new CommandLauncher(name, flavor) { RankVariable = rank, SizeVariable = size };
        }
        catch (ArgumentException e)
        {
            Errors.Add($"'launcher' is '{name}', which is neither srun, hydra nor openmpi, and is no template: {e.Message}");
            return null;
        }
    }

    private JobMail Mail()
    {
        var mail = JobMail.None;
        foreach (var word in Texts("mail"))
        {
            if (Enum.TryParse<JobMail>(word, ignoreCase: true, out var when) && !char.IsAsciiDigit(word[0])) mail |= when;
            else Errors.Add($"'mail' holds '{word}'; it may hold start, end and failure.");
        }
        return mail;
    }

    private string? OneOf(string name, string[] values, string? missing = null)
    {
        if (Text(name) is not { } text)
        {
            if (missing is null && !Has(name)) Errors.Add($"'{name}' is missing; it is {string.Join(", ", values[..^1])} or {values[^1]}.");
            return missing;
        }
        if (values.Contains(text)) return text;
        Errors.Add($"'{name}' is '{text}'; it must be {string.Join(", ", values[..^1])} or {values[^1]}.");
        return missing;
    }

    private string? AbsolutePath(string name)
    {
        if (Text(name) is not { } path) return null;
        if (!path.StartsWith('/')) Errors.Add($"'{name}' is '{path}'; it must be an absolute path, since it is used on every node.");
        return path;
    }

    private Dictionary<string, string> Variables(string name)
    {
        var variables = new Dictionary<string, string>();
        if (Value(name, JsonValueKind.Object, "an object of names and texts") is not { } value) return variables;
        foreach (var property in value.EnumerateObject())
        {
            if (property.Value.ValueKind == JsonValueKind.String) variables[property.Name] = property.Value.GetString()!;
            else Errors.Add($"'{name}.{property.Name}' must be a text.");
        }
        return variables;
    }
}
