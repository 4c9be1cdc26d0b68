using System.Diagnostics;

namespace PathosHpc;

/// <summary>One worker process, from its start to its end.</summary>
internal sealed class WorkerProcess
{
    private static readonly TimeSpan FarewellTime = TimeSpan.FromMilliseconds(300);
    // Not disposed: its exit may be told, and asked after, on other threads until it is collected.
    private readonly Process process;
    private readonly Action<WorkerProcess, string> endedEarly;
    private readonly Timer startTimer;
    private SocketLink? link;
    private int settled;

    /// <param name="endedEarly">Called once with a sentence when the process cannot join any more.</param>
    public WorkerProcess(int number, Rendezvous rendezvous, ProcessPoolOptions options, Action<WorkerProcess, string> endedEarly)
    {
        (Number, this.endedEarly) = (number, endedEarly);
        var (command, variables) = WorkerProgram.Command(typeof(Pool).Assembly, "worker", rendezvous.Folder, number.ToString(System.Globalization.CultureInfo.InvariantCulture));
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach ((string name, string value) in variables)
            start.Environment[name] = value;
        process = new Process { StartInfo = start, EnableRaisingEvents = true };
        process.OutputDataReceived += (_, e) => Printed(e.Data, false, options.Output);
        process.ErrorDataReceived += (_, e) => Printed(e.Data, true, options.Output);
        process.Exited += (_, _) => EndEarly(() =>
        {
            WasKilled = process.ExitCode > 128;
            return $"{ExitText()} before it joined the pool";
        });
        startTimer = new Timer(_ => EndEarly(() => $"was ended, as it did not come up within {options.StartTimeout.TotalSeconds:0.#} s (StartTimeout; raise it if the machine is busy)"),
            null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        process.Start();
        startTimer.Change(options.StartTimeout, Timeout.InfiniteTimeSpan);
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int Number { get; }

    /// <summary>What it printed last.</summary>
    public TailBuffer Tail { get; } = new();

    /// <summary>It dialled in.</summary>
    /// <returns>False when it is too late, or has happened before.</returns>
    public bool TryJoin(SocketLink its)
    {
        if (Interlocked.Exchange(ref settled, 1) != 0)
            return false;
        startTimer.Dispose();
        Volatile.Write(ref link, its);
        return true;
    }

    /// <summary>Whether a signal ended it early, so that another one may do better.</summary>
    public bool WasKilled { get; private set; }

    /// <summary>Ends what is left of it.</summary>
    /// <returns>A sentence on how it ended.</returns>
    public string KillAndDescribe(string cause)
    {
        bool alive = !process.WaitForExit(200);
        if (alive)
            Kill();
        process.WaitForExit(2000);
        string how = alive ? $"Worker {Number} (process {process.Id}) was ended. {cause}" : $"Worker {Number} (process {process.Id}) {ExitText()}.";
        return Tail.ToString().Length == 0 ? how : how + Tail.AsQuote();
    }

    /// <summary>Lets it end, and ends it when it does not at once.</summary>
    public async Task EndAsync()
    {
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
        link?.Dispose();
    }

    private void EndEarly(Func<string> how)
    {
        if (Interlocked.Exchange(ref settled, 1) != 0)
            return;
        startTimer.Dispose();
        if (!process.WaitForExit(0))
            Kill();
        else
            DrainOutput();
        endedEarly(this, $"Worker {Number} {how()}.{Tail.AsQuote()}");
    }

    /// <summary>Waits, not for ever, for what it printed: a process that it started may hold the pipe open.</summary>
    private void DrainOutput() => process.WaitForExitAsync().Wait(TimeSpan.FromSeconds(1));

    private string ExitText() => process.ExitCode switch
    {
        > 128 and var code => $"was ended by signal {code - 128}",
        var code => $"exited with code {code}",
    };

    private void Kill()
    {
        try
        {
            process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has just ended by itself.
        }
    }

    private void Printed(string? line, bool isError, RankOutput output)
    {
        if (line is null)
            return;
        Tail.Add(line);
        output.Write(new RankOutputLine(Number, line, isError));
    }
}
