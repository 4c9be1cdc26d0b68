using System.ComponentModel;
using System.Diagnostics;

namespace PathosHpc;

/// <summary>A launcher's process within a job. It does not outlive its supervisor.</summary>
internal sealed class SupervisedLaunch
{
    /// <summary>Runs the launcher beside a shell that ends it when this process is gone, which closes the shell's input.</summary>
    private const string Guard = """
        exec 3<&0
        "$@" </dev/null 3<&- &
        launcher=$!
        { read -r _ <&3; kill -TERM $launcher; sleep 2; kill -KILL $launcher; } 2>/dev/null &
        exec 3<&-
        wait $launcher
        code=$?
        kill $! 2>/dev/null
        exit $code
        """;

    /// <summary>Tells the guard's processes from others.</summary>
    private const string GuardName = "pathos-launch";

    private readonly Process process;

    /// <exception cref="JobFailedException">It cannot be run.</exception>
    public SupervisedLaunch(Launcher launcher, LaunchCommand command)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", Guard, GuardName, .. command.Arguments]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in command.Environment)
            start.Environment[name] = value;
        process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, e) => Print(launcher, e.Data, Console.Out);
        process.ErrorDataReceived += (_, e) => Print(launcher, e.Data, Console.Error);
        try
        {
            process.Start();
        }
        catch (Win32Exception e)
        {
            throw new JobFailedException(JobFailureReason.LaunchFailure, $"{launcher.Name} cannot be run: {e.Message}.", inner: e);
        }
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>The last lines that it and its ranks printed.</summary>
    public TailBuffer Printed { get; } = new();

    public int ExitCode => process.ExitCode;

    /// <summary>Waits until it has ended, at most so long.</summary>
    public bool WaitForExit(TimeSpan limit)
    {
        if (!process.WaitForExit(limit))
            return false;
        // Not for ever: a process that outlives the launcher may hold its pipes open.
        process.WaitForExitAsync().Wait(TimeSpan.FromSeconds(1));
        return true;
    }

    /// <summary>Ends it, and waits until it has.</summary>
    public void End()
    {
        process.StandardInput.Close();
        if (process.WaitForExit(TimeSpan.FromSeconds(4)))
            return;
        process.Kill(entireProcessTree: true);
        process.WaitForExit(TimeSpan.FromSeconds(2));
    }

    /// <summary>Waits until the launcher of a supervisor that was killed has ended, which its guard sees to; not for ever.</summary>
    /// <param name="job">The job folder.</param>
    public static void AwaitEarlier(string job)
    {
        for (long until = Environment.TickCount64 + 10_000; Environment.TickCount64 < until && Directory.GetDirectories("/proc").Any(IsGuard);)
            Thread.Sleep(50);

        bool IsGuard(string process)
        {
            try
            {
                return int.TryParse(Path.GetFileName(process), out _) && File.ReadAllText($"{process}/cmdline").Split('\0').Contains(GuardName) &&
                    File.ReadAllText($"{process}/environ").Split('\0').Contains($"PATHOS_JOB_FOLDER={job}");
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return false; // it has ended, or is somebody else's
            }
        }
    }

    private void Print(Launcher launcher, string? line, TextWriter where)
    {
        if (line is null)
            return;
        Printed.Add(line);
        if (!launcher.IsChatter(line))
            where.WriteLine(line);
    }
}
