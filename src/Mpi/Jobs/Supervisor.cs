using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace PathosHpc;

/// <summary>What a job of an <see cref="MpiPool"/> runs on its first node: starts the ranks, and starts them again in the same allocation when
/// they are lost. It is no rank, so that it outlives them; it holds no results, so that nothing is lost with it.</summary>
internal sealed class Supervisor
{
    /// <summary>Exit code of a job whose world cannot be started, or was lost too often.</summary>
    private const int Failed = 70;

    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);
    private readonly WorldFolder folder;
    private readonly WorldRequest request;
    private readonly Launcher launcher;
    private readonly JobNodes nodes;
    private readonly ManualResetEventSlim stopped = new();
    private readonly int parent = ParentProcess.Id;
    private int losses, current = 1;

    /// <summary>Which start of the job this is.</summary>
    private static string Attempt => Environment.GetEnvironmentVariable("PATHOS_ATTEMPT") ?? "";

    private Supervisor(WorldFolder folder, WorldRequest request, Launcher launcher)
    {
        (this.folder, this.request, this.launcher) = (folder, request, launcher);
        nodes = new JobNodes(request, request.Allocation is { } granted ? granted with
        {
            HostFile = Expand(granted.HostFile), SlotFile = Expand(granted.SlotFile), RemoteStart = granted.RemoteStart is { } start ? Expand(start) : null,
        } : null);
    }

    /// <summary>Supervises the world of a job to its end.</summary>
    /// <param name="job">The job folder.</param>
    /// <param name="stop">Ends the world; without it, signals do.</param>
    /// <returns>The process's exit code, which is the job's.</returns>
    public static int Run(string job, CancellationToken stop = default)
    {
        var folder = new WorldFolder(LocalHost.Instance, $"{job}/{WorldFolder.Name}");
        CacheFolder.UseProgram();
        Supervisor? supervisor = null;
        try
        {
            WorldRequest request = WorldRequest.Read(File.ReadAllBytes($"{folder.Path}/{WorldFolder.Request}"));
            Launcher launcher = (request.Launcher ?? new MpiexecLauncher(request.Mpiexec)).ResolveAsync(default).GetAwaiter().GetResult();
            supervisor = new Supervisor(folder, request, launcher);
            if (!stop.CanBeCanceled)
                return supervisor.RunUntilSignalled();
            using CancellationTokenRegistration registration = stop.Register(supervisor.stopped.Set);
            return supervisor.Run();
        }
        catch (Exception e) when (e is JobFailedException or LinkException or IOException or UnauthorizedAccessException or MalformedPayloadException)
        {
            Console.Error.WriteLine(e.Message);
            Write(folder, supervisor?.current ?? 1, new WorldEnd(e.Message, null, (e as JobFailedException)?.Reason ?? JobFailureReason.LaunchFailure));
            return Failed;
        }
    }

    private int RunUntilSignalled()
    {
        using PosixSignalRegistration term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop), interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        return Run();
    }

    private int Run()
    {
        if (FirstNumber() is not { } first)
            return 0;
        for (int number = first; ; number++)
        {
            current = number;
            folder.WriteAsync(WorldFolder.Launched(number), Encoding.UTF8.GetBytes(Attempt), default).GetAwaiter().GetResult();
            var launch = new SupervisedLaunch(launcher, Plan(number));
            using NodeGuard? guard = nodes.Pair is { } pair && nodes.Allocation!.RemoteStart is null
                ? NodeGuard.Start(pair.First, pair.Second, Path.GetDirectoryName(folder.Path)!, TimeSpan.FromMilliseconds(request.HeartbeatMilliseconds)) : null;
            string? forced = Watch(launch, number);
            if (forced is not null)
                launch.End();
            Farewell? farewell = ReadFarewell(number);
            if (farewell?.Reason is FarewellReason.Done or FarewellReason.Idle)
            {
                NodeMarks.Take(folder, number); // a rank that was killed as it ended has left them
                return 0;
            }
            WorldEnd end = Judge(launch, number, farewell, forced);
            Write(folder, number, end);
            if (end.GoesOn)
                continue;
            Console.Error.WriteLine(end.How);
            if (stopped.IsSet) // a job that is being ended starts nothing more
                NodeMarks.Take(folder, number);
            else
                ReadRunning(number, [], []);
            return farewell?.Reason == FarewellReason.ClientLost ? JobScript.ClientLost : Failed;
        }
    }

    /// <summary>A job that its scheduler started again, or the supervisor of which was killed, goes on counting.</summary>
    /// <returns>Null when the world had ended for good.</returns>
    private int? FirstNumber()
    {
        HashSet<string> names = folder.ListAsync(default).GetAwaiter().GetResult();
        int first = WorldFolder.FirstNumber(names);
        bool wasKilled = false;
        for (int number = 1; number < first; number++)
        {
            if (names.Contains(WorldFolder.Ended(number)))
                continue;
            if (ReadFarewell(number)?.Reason is FarewellReason.Done or FarewellReason.Idle)
                return null;
            bool isThisAttempt = folder.ReadAsync(WorldFolder.Launched(number), default).GetAwaiter().GetResult() is { } attempt && Encoding.UTF8.GetString(attempt) == Attempt;
            wasKilled |= isThisAttempt;
            string how = isThisAttempt ? "The supervisor of the ranks was killed, and is started again." : "The job was started again by its scheduler.";
            Write(folder, number, new WorldEnd(how, null, JobFailureReason.Unknown) { GoesOn = true, IsBlameless = true });
        }
        if (wasKilled)
            SupervisedLaunch.AwaitEarlier(Path.GetDirectoryName(folder.Path)!);
        return first;
    }

    private LaunchCommand Plan(int number)
    {
        var (command, variables) = WorkerProgram.Command(typeof(MpiPool).Assembly, "job-rank", folder.Path, Text(number), Text(nodes.Ranks));
        string[] setUp = Environment.GetEnvironmentVariable("PATHOS_RANK") is { Length: > 0 } script ? [script] : [];
        // After the set-up, which may set the same variables for what is no rank.
        return launcher.Plan(new LaunchRequest
        {
            Ranks = nodes.Ranks,
            RanksPerNode = request.RanksPerNode,
            CoresPerRank = request.CoresPerRank,
            Command = [.. setUp, "env", .. variables.Select(v => $"{v.Key}={v.Value}"), .. ProgramCopy.ToShared(command)],
            ExtraArguments = request.LauncherArguments,
            Allocation = nodes.Allocation,
        });
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>A word of the job's script, which may be a variable of it.</summary>
    private static string Expand(string word) => word.StartsWith('$') ? Environment.GetEnvironmentVariable(word[1..]) ?? "" : word;

    /// <summary>Waits until the launcher has ended or has to be ended.</summary>
    /// <returns>Why it has to be; null when it has.</returns>
    private string? Watch(SupervisedLaunch launch, int number)
    {
        var start = new Silence(request.StartMilliseconds);
        for (bool isUp = false; !launch.WaitForExit(Look);)
        {
            if (stopped.IsSet)
                return "The job was told to end.";
            if (ParentProcess.Id != parent)
            {
                // Not every scheduler finds what a script leaves behind.
                stopped.Set();
                return "The job's script was killed.";
            }
            HashSet<string> names;
            try
            {
                names = folder.ListAsync(default).GetAwaiter().GetResult();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                continue; // A file system may stall.
            }
            isUp |= names.Contains(WorldFolder.Endpoint(number));
            if (names.Contains(WorldFolder.GivenUp(number)))
                return "The client gave the ranks up.";
            if (!isUp && start.IsTooLong(0))
                return $"The {nodes.Ranks} ranks did not come up within {request.StartMilliseconds / 1000.0:0.#} s (StartTimeout).";
        }
        return null;
    }

    private WorldEnd Judge(SupervisedLaunch launch, int number, Farewell? farewell, string? forced)
    {
        HashSet<string> names = folder.ListAsync(default).GetAwaiter().GetResult();
        bool wasUp = names.Contains(WorldFolder.Endpoint(number));
        WorldEnd end = WorldEnd.Tell(launcher, launch.Printed, farewell, forced ?? $"{launcher.Name} ended with code {launch.ExitCode}.");
        if (farewell?.Reason is FarewellReason.Broken && !wasUp)
            return end with { Reason = JobFailureReason.LaunchFailure };
        if (farewell?.Reason == FarewellReason.ClientLost)
            return end with { Reason = JobFailureReason.ClientLost };
        if (stopped.IsSet)
            return end with { WasOrdered = true };
        if (!wasUp && forced is null && launch.ExitCode == 0)
        {
            return new WorldEnd($"{launcher.Name} ended with code 0, but its {nodes.Ranks} ranks had not become one world. It belongs to another MPI than the library that " +
                $"the ranks load: name the launcher of that library in Mpiexec or Launcher, or the library of that launcher in MpiLibrary.{launch.Printed.AsQuote()}", null, JobFailureReason.LaunchFailure);
        }
        IEnumerable<int> suspects = end.Culprit is { } culprit ? [culprit] : Enumerable.Range(0, nodes.Ranks);
        string? lost = nodes.Ask(number + 1);
        IReadOnlyList<RunningItem>? running = ReadRunning(number, names, suspects);
        if (lost is not null)
        {
            losses = 1;
            return end with { How = $"{lost} {end.How}", Reason = JobFailureReason.NodeFailure, Culprit = null, Running = running, IsBlameless = true, GoesOn = request.Restarts > 0 };
        }
        // Ranks that were at work had come up well, however often they are lost.
        losses = wasUp && (end.IsBlameless || running?.Count > 0) ? 1 : losses + 1;
        bool isHopeless = !wasUp && forced is null && !(launch.ExitCode > 128 || end.Reason == JobFailureReason.Signal);
        return end with { Running = running, GoesOn = losses <= request.Restarts && (!isHopeless || losses > 1), Reason = isHopeless ? JobFailureReason.LaunchFailure : end.Reason };
    }

    /// <summary>What the ranks of a start of the world marked last, on whatever node; none of it stays there.</summary>
    private IReadOnlyList<RunningItem>? ReadRunning(int number, HashSet<string> names, IEnumerable<int> ranks)
    {
        string prefix = Path.GetFileName(folder.Running(number, ""));
        List<byte[]?> files = [.. names.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).Select(name => RunningMark.TryRead($"{folder.Path}/{name}"))];
        if (NodeMarks.Take(folder, number) is { } own)
            files.Add(own);
        files.AddRange(nodes.RunOnOthers(NodeMarks.TakeCommand(folder, number)).Select(printed => printed is null ? null : NodeMarks.Parse(printed)));
        var running = new List<RunningItem>();
        foreach (byte[]? file in files.Where(file => file is not []))
        {
            // Each node marks its own ranks alone.
            if (file is null || RunningMark.Parse(file, ranks) is not { } marks)
                return null;
            running.AddRange(marks);
        }
        return running;
    }

    private Farewell? ReadFarewell(int number)
    {
        byte[]? bytes = folder.ReadAsync(WorldFolder.Farewell(number), default).GetAwaiter().GetResult();
        return bytes is null ? null : Farewell.Read(new Frame(FrameKind.Bye, 0, new Payload(bytes)));
    }

    private void Stop(PosixSignalContext context)
    {
        context.Cancel = true;
        stopped.Set();
    }

    private static void Write(WorldFolder folder, int number, WorldEnd end)
    {
        try
        {
            folder.WriteAsync(WorldFolder.Ended(number), end.ToJson(), default).GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"How the ranks ended could not be written to {folder.Path}: {e.Message}");
        }
    }
}
