using System.ComponentModel;
using System.Diagnostics;

namespace PathosHpc;

/// <summary>One start of a world: the launcher's process, what it prints, and the ranks it started.</summary>
internal sealed class LaunchedRanks
{
    private const int Terminate = 15;
    private static readonly TimeSpan FarewellTime = TimeSpan.FromMilliseconds(1500);
    private static readonly TimeSpan TerminationTime = TimeSpan.FromSeconds(2);
    private readonly Launcher launcher;
    private readonly MpiPoolOptions options;
    private readonly Action<LaunchedRanks, string> endedEarly;
    // Not disposed: its exit may be told, and asked after, on other threads until it is collected.
    private readonly Process process;
    private readonly DateTime started = DateTime.Now;
    private readonly TailBuffer tail = new();
    private readonly Timer startTimer;
    private SocketLink? link;
    private Hello? hello;
    private int settled;
    private volatile bool ending;

    /// <param name="endedEarly">Called once with a sentence when the ranks cannot join any more.</param>
    public LaunchedRanks(Launcher launcher, MpiPoolOptions options, Rendezvous rendezvous, Action<LaunchedRanks, string> endedEarly)
    {
        (this.launcher, this.options, this.endedEarly) = (launcher, options, endedEarly);
        process = new Process { StartInfo = StartInfo(rendezvous), EnableRaisingEvents = true };
        process.OutputDataReceived += (_, e) => Printed(e.Data, false);
        process.ErrorDataReceived += (_, e) => Printed(e.Data, true);
        process.Exited += (_, _) => Exited();
        startTimer = new Timer(_ => TimeIsUp(), null, options.StartTimeout, Timeout.InfiniteTimeSpan);
        try
        {
            process.Start();
        }
        catch (Win32Exception e)
        {
            startTimer.Dispose();
            throw new JobFailedException(JobFailureReason.LaunchFailure, $"{launcher.Name} cannot be run: {e.Message}. Name another one in Mpiexec or Launcher.", inner: e);
        }
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>The root dialled in.</summary>
    /// <returns>False when one has before, or when it is too late.</returns>
    public bool TryJoin(SocketLink its, Hello itsHello)
    {
        if (Interlocked.Exchange(ref settled, 1) != 0)
            return false;
        startTimer.Dispose();
        hello = itsHello;
        Volatile.Write(ref link, its);
        return true;
    }

    /// <summary>Whether a signal ended a rank, or the launcher, before they had joined, so that others may do better.</summary>
    public bool WasKilled { get; private set; }

    /// <summary>Ends what is left of the world.</summary>
    /// <param name="farewell">What the root said, if it ended the world: the launcher knows less then.</param>
    /// <param name="cause">How the link was lost.</param>
    public WorldEnd KillAndDescribe(Farewell? farewell, string cause)
    {
        if (!process.WaitForExit(2000))
            Kill();
        process.WaitForExit(2000);
        KillRanks();
        return WorldEnd.Tell(launcher, tail, farewell, cause);
    }

    /// <summary>Lets the ranks end, and ends them when they do not at once.</summary>
    public async Task EndAsync()
    {
        ending = true;
        Interlocked.Exchange(ref settled, 1);
        startTimer.Dispose();
        link?.SayBye();
        using var patience = new CancellationTokenSource(FarewellTime);
        try
        {
            if (link is null)
                Kill();
            await process.WaitForExitAsync(patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            Kill();
            process.WaitForExit(2000);
        }
        KillRanks();
        link?.Dispose();
    }

    /// <summary>Ends the launcher and what it started. It is asked first: what it has made for its ranks goes with it then (Open MPI: 4 MB of shared memory for each, and a
    /// folder), and stays for ever when it is killed.</summary>
    public void Kill()
    {
        try
        {
            if (!OperatingSystem.IsWindows() && !process.HasExited && LibC.kill(process.Id, Terminate) == 0 && process.WaitForExit(TerminationTime))
                return;
            process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is InvalidOperationException or AggregateException or Win32Exception)
        {
            // It has just ended by itself.
        }
    }

    private ProcessStartInfo StartInfo(Rendezvous rendezvous)
    {
        var (command, variables) = WorkerProgram.Command(typeof(MpiPool).Assembly, "rank", rendezvous.Folder);
        var ranks = new Dictionary<string, string>(options.Environment);
        foreach ((string name, string value) in variables)
            ranks.TryAdd(name, value);
        if (options.MpiLibrary is not null)
            ranks["PATHOS_MPI_LIB"] = options.MpiLibrary;
        LaunchCommand plan = launcher.Plan(new LaunchRequest { Ranks = options.Ranks, Command = command, Environment = ranks, ExtraArguments = options.LauncherArguments });
        var start = new ProcessStartInfo(plan.Arguments[0], plan.Arguments.Skip(1)) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string name in LaunchEnvironment.VariablesToRemove([.. start.Environment.Keys]).ToArray())
            start.Environment.Remove(name);
        foreach ((string name, string value) in ranks.Concat(plan.Environment))
            start.Environment[name] = value;
        return start;
    }

    private void Printed(string? line, bool isError)
    {
        if (line is null)
            return;
        tail.Add(line);
        if (!launcher.IsChatter(line) && !ending)
            options.Output.Write(new RankOutputLine(0, line, isError));
    }

    private void Exited()
    {
        bool wasEarly = Interlocked.Exchange(ref settled, 1) == 0;
        startTimer.Dispose();
        // Not for ever: a process that outlives the launcher may hold its pipes open.
        process.WaitForExitAsync().Wait(TimeSpan.FromSeconds(1));
        if (!wasEarly)
        {
            // Ranks that outlive their launcher are of no use any more. Those that end with it have said all that they had to say by then.
            _ = Task.Delay(TimeSpan.FromSeconds(1)).ContinueWith(_ => Volatile.Read(ref link)?.GiveUp(), TaskScheduler.Default);
            return;
        }
        WasKilled = process.ExitCode > 128 || launcher.FindRankDeath(tail.ToString())?.Reason == JobFailureReason.Signal;
        endedEarly(this, $"{launcher.Name} ended with code {process.ExitCode} before its {options.Ranks} ranks had joined the pool.{tail.AsQuote()}");
    }

    private void TimeIsUp()
    {
        if (Interlocked.Exchange(ref settled, 1) != 0)
            return;
        Kill();
        endedEarly(this, $"The {options.Ranks} ranks did not come up within {options.StartTimeout.TotalSeconds:0.#} s (StartTimeout), and {launcher.Name} was ended.{tail.AsQuote()}");
    }

    /// <summary>Ends ranks of this machine that outlived their launcher.</summary>
    private void KillRanks()
    {
        foreach ((string node, int id) in hello?.Ranks ?? [])
        {
            if (node != Environment.MachineName)
                continue;
            try
            {
                using Process rank = Process.GetProcessById(id);
                if (rank.StartTime >= started.AddSeconds(-1))
                    rank.Kill();
            }
            catch (Exception e) when (e is ArgumentException or InvalidOperationException or Win32Exception)
            {
                // It has ended, as it should.
            }
        }
    }
}
