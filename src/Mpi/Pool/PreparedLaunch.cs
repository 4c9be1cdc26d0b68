using System.Diagnostics;

namespace PathosHpc;

/// <summary>What has to be there before the launcher of a world is started: whose it is, where the ranks and this process meet, and the command. It takes as
/// long as writing the first function, and is done beside it.</summary>
internal sealed class PreparedLaunch : IDisposable
{
    private readonly bool keepFiles;
    private readonly FolderGuard? guard;

    private PreparedLaunch(MpiPoolOptions options, Launcher launcher)
    {
        (Launcher, keepFiles) = (launcher, options.KeepFiles);
        FolderGuard? its = null;
        try
        {
            Rendezvous = Rendezvous.Create(options.WorkFolder, folder => its = options.KeepFiles ? null : FolderGuard.Start(folder));
        }
        catch (Exception)
        {
            its?.Dispose();
            throw;
        }
        guard = its;
    }

    /// <summary>The launcher, which has told whose it is.</summary>
    public Launcher Launcher { get; }

    /// <summary>The private folder.</summary>
    public Rendezvous Rendezvous { get; }

    /// <summary>Prepares, on a thread of its own.</summary>
    public static Task<PreparedLaunch> Begin(MpiPoolOptions options, Launcher launcher, CancellationToken cancellationToken) =>
        Task.Factory.StartNew(() => new PreparedLaunch(options, launcher.Resolve(cancellationToken)), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>The command that starts the ranks.</summary>
    public ProcessStartInfo StartInfo(MpiPoolOptions options)
    {
        var (command, variables) = WorkerProgram.Command(typeof(MpiPool).Assembly, "rank", Rendezvous.Folder);
        var ranks = new Dictionary<string, string>(options.Environment);
        foreach ((string name, string value) in variables)
            ranks.TryAdd(name, value);
        if (options.MpiLibrary is not null)
            ranks["PATHOS_MPI_LIB"] = options.MpiLibrary;
        LaunchCommand plan = Launcher.Plan(new LaunchRequest { Ranks = options.Ranks, Command = command, Environment = ranks, ExtraArguments = options.LauncherArguments });
        var start = new ProcessStartInfo(plan.Arguments[0], plan.Arguments.Skip(1)) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string name in LaunchEnvironment.VariablesToRemove([.. start.Environment.Keys]).ToArray())
            start.Environment.Remove(name);
        foreach ((string name, string value) in ranks)
            start.Environment[name] = value;
        foreach ((string name, string value) in plan.Environment)
            start.Environment[name] = value;
        return start;
    }

    /// <summary>Removes the folder, unless it is to be kept.</summary>
    public void RemoveFolder()
    {
        if (!keepFiles)
            Rendezvous.Delete();
    }

    /// <summary>Removes the folder and ends its guard.</summary>
    public void Dispose()
    {
        RemoveFolder();
        guard?.Dispose();
    }
}
