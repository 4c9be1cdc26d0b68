using System.ComponentModel;
using System.Diagnostics;

namespace PathosHpc;

/// <summary>One start of a world: the launcher's process, what it prints, and the ranks it started.</summary>
internal sealed class LaunchedRanks
{
    private const int Terminate = 15;
    private const int FarewellMilliseconds = 1500, TerminationMilliseconds = 2000, OutputMilliseconds = 1000;
    private readonly Launcher launcher;
    private readonly MpiPoolOptions options;
    private readonly Action<LaunchedRanks, string> endedEarly;
    // Not disposed: its exit may be told, and asked after, on other threads until it is collected.
    private readonly Process process;
    private readonly DateTime started = DateTime.Now;
    private readonly TailBuffer tail = new();
    private readonly Thread output, error;
    private SocketLink? link;
    private Hello? hello;
    private int settled;
    private volatile bool ending;

    /// <param name="launch">What was prepared for it.</param>
    /// <param name="endedEarly">Called once with a sentence when the ranks cannot join any more.</param>
    public LaunchedRanks(PreparedLaunch launch, MpiPoolOptions options, Action<LaunchedRanks, string> endedEarly)
    {
        (launcher, this.options, this.endedEarly) = (launch.Launcher, options, endedEarly);
        process = new Process { StartInfo = launch.StartInfo(options) };
        try
        {
            process.Start();
        }
        catch (Win32Exception e)
        {
            throw new JobFailedException(JobFailureReason.LaunchFailure, $"{launcher.Name} cannot be run: {e.Message}. Name another one in Mpiexec or Launcher.", inner: e);
        }
        process.StandardInput.Close();
        // Threads that wait, in place of events: what is asynchronous about pipes and processes is compiled anew in each process, while the ranks need the cores.
        output = NewThread("output", () => Read(process.StandardOutput, isError: false));
        error = NewThread("error", () => Read(process.StandardError, isError: true));
        NewThread("launcher", Watch);
    }

    /// <summary>The root dialled in.</summary>
    /// <returns>False when one has before, or when it is too late.</returns>
    public bool TryJoin(SocketLink its, Hello itsHello)
    {
        if (Interlocked.Exchange(ref settled, 1) != 0)
            return false;
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
        if (!process.WaitForExit(TerminationMilliseconds))
            Kill();
        process.WaitForExit(TerminationMilliseconds);
        AwaitOutput(OutputMilliseconds);
        KillRanks();
        return WorldEnd.Tell(launcher, tail, farewell, cause);
    }

    /// <summary>Tells the ranks to end.</summary>
    public void SayBye()
    {
        ending = true;
        Interlocked.Exchange(ref settled, 1);
        link?.SayBye();
    }

    /// <summary>Lets the ranks end that were told to, and ends them when they do not at once.</summary>
    public void End()
    {
        long until = Environment.TickCount64 + FarewellMilliseconds;
        if (link is null)
            Kill();
        if (!process.WaitForExit(FarewellMilliseconds) || !AwaitOutput(until - Environment.TickCount64))
        {
            Kill();
            process.WaitForExit(TerminationMilliseconds);
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
            if (!OperatingSystem.IsWindows() && !process.HasExited && LibC.kill(process.Id, Terminate) == 0 && process.WaitForExit(TerminationMilliseconds))
                return;
            process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is InvalidOperationException or AggregateException or Win32Exception)
        {
            // It has just ended by itself.
        }
    }

    private static Thread NewThread(string name, Action action)
    {
        var thread = new Thread(() => action()) { IsBackground = true, Name = $"pathos {name}" };
        thread.Start();
        return thread;
    }

    private void Read(StreamReader reader, bool isError)
    {
        try
        {
            while (reader.ReadLine() is { } line)
                Printed(line, isError);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The launcher is gone, and what it printed with it.
        }
    }

    /// <summary>Waits for all that the launcher printed. Not for ever: a process that outlives it may hold its pipes open.</summary>
    /// <returns>Whether it has come.</returns>
    private bool AwaitOutput(long milliseconds)
    {
        long until = Environment.TickCount64 + milliseconds;
        return output.Join((int)Math.Max(0, milliseconds)) && error.Join((int)Math.Max(0, until - Environment.TickCount64));
    }

    private void Printed(string line, bool isError)
    {
        tail.Add(line);
        if (!ending && !launcher.IsChatter(line))
            options.Output.Write(new RankOutputLine(0, line, isError));
    }

    private void Watch()
    {
        if (!process.WaitForExit(options.StartTimeout))
            TimeIsUp();
        process.WaitForExit();
        bool wasEarly = Interlocked.Exchange(ref settled, 1) == 0;
        AwaitOutput(OutputMilliseconds);
        if (!wasEarly)
        {
            // Ranks that outlive their launcher are of no use any more. Those that end with it have said all that they had to say by then.
            Thread.Sleep(1000);
            Volatile.Read(ref link)?.GiveUp();
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
        foreach ((string node, int id) in hello?.Ranks ?? Array.Empty<RankPlace>())
        {
            // A process that is gone is asked after by its number alone: to be told so by an exception takes milliseconds.
            if (node != Environment.MachineName || (!OperatingSystem.IsWindows() && LibC.kill(id, 0) != 0))
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
