using System.Diagnostics;

namespace PathosHpc;

/// <summary>One worker process, from its start to its end.</summary>
internal sealed class WorkerProcess
{
    private static readonly TimeSpan FarewellTime = TimeSpan.FromMilliseconds(300);
    // Not disposed: its exit may be told, and asked after, on other threads until it is collected.
    private readonly Process process;
    private SocketLink? link;
    private volatile bool ending;

    /// <param name="exitedEarly">Called with the exit code when the process ends before it has joined.</param>
    public WorkerProcess(int number, Rendezvous rendezvous, ProcessPoolOptions options, Action<WorkerProcess, int> exitedEarly)
    {
        Number = number;
        var (command, variables) = WorkerProgram.Command(typeof(Pool).Assembly, "worker", rendezvous.Folder, number.ToString(System.Globalization.CultureInfo.InvariantCulture));
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach ((string name, string value) in variables)
            start.Environment[name] = value;
        process = new Process { StartInfo = start, EnableRaisingEvents = true };
        process.OutputDataReceived += (_, e) => Printed(e.Data, false, options.Output);
        process.ErrorDataReceived += (_, e) => Printed(e.Data, true, options.Output);
        process.Exited += (_, _) =>
        {
            process.WaitForExit();
            if (!ending && Volatile.Read(ref link) is null)
                exitedEarly(this, process.ExitCode);
        };
        process.Start();
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int Number { get; }

    /// <summary>What it printed last.</summary>
    public TailBuffer Tail { get; } = new();

    public void Joined(SocketLink its) => Volatile.Write(ref link, its);

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
        ending = true;
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
