using System.Diagnostics;

namespace PathosHpc;

/// <summary>Finds this machine's mpiexec and asks it whose it is.</summary>
internal static class MpiexecProbe
{
    private const int AnswerMilliseconds = 8000, EndMilliseconds = 1000;

    /// <summary>What mpiexec is called, where it is looked for.</summary>
    internal static readonly string[] UsualNames = ["mpiexec", "mpiexec.hydra", "mpiexec.mpich", "mpiexec.openmpi", "mpirun"];

    private const string HowToInstall = "On Debian install mpich (or openmpi-bin); elsewhere load your site's MPI module, or name the program with new MpiexecLauncher(\"/path/to/mpiexec\").";

    /// <param name="named">A path, a name to look up in PATH, or null for the usual names.</param>
    /// <param name="flavor">The MPI that it must belong to; null takes the first.</param>
    /// <param name="cancellationToken">Ends the wait for the program's answer.</param>
    /// <exception cref="JobFailedException">There is none, it cannot be run, or it is not a mpiexec we know.</exception>
    public static MpiexecLauncher Find(string? named, MpiFlavor? flavor, CancellationToken cancellationToken)
    {
        bool restricted = IsSingleCopyRestricted();
        if (named is not null)
        {
            string path = Locate(named);
            string answer = Ask(path, cancellationToken);
            if (MpiexecVersion.Parse(answer) is not { } version)
            {
                throw Failure($"'{path}' is not a mpiexec that PathosHpc knows: it answers --version with '{Shorten(answer)}'. "
                    + "Name Open MPI's, MPICH's or Intel MPI's mpiexec, or describe this launcher with a CommandLauncher.");
            }
            return flavor is null || flavor == version.Flavor ? new MpiexecLauncher(path, version, restricted)
                : throw Failure($"'{path}' belongs to {MpiFlavorNames.Of(version.Flavor)}, but the mpiexec of {MpiFlavorNames.Of(flavor.Value)} was asked for. Name that one, or leave the flavor out.");
        }
        var strangers = new List<string>();
        foreach (string name in UsualNames)
        {
            if (OnPath(name).FirstOrDefault(IsExecutable) is not { } path)
                continue;
            if (MpiexecVersion.Parse(Ask(path, cancellationToken)) is { } version && (flavor is null || flavor == version.Flavor))
                return new MpiexecLauncher(path, version, restricted);
            strangers.Add(path);
        }
        throw strangers.Count == 0
            ? Failure($"No mpiexec was found: PATH has none of {string.Join(", ", UsualNames)}. {HowToInstall}")
            : Failure($"No mpiexec that PathosHpc knows was found: {string.Join(", ", strangers)} {(strangers.Count == 1 ? "belongs" : "belong")} to {(flavor is { } wanted ? "an MPI other than " + MpiFlavorNames.Of(wanted) : "neither Open MPI nor MPICH")}. {HowToInstall}");
    }

    private static string Locate(string named)
    {
        if (!named.Contains('/', StringComparison.Ordinal))
        {
            return OnPath(named).FirstOrDefault(IsExecutable) ?? throw Failure(OnPath(named).FirstOrDefault(File.Exists) is { } plain
                ? $"The launcher '{plain}' is not executable. Make it so with chmod +x, or name another one."
                : $"The launcher '{named}' is not in PATH. {HowToInstall}");
        }
        string path = System.IO.Path.GetFullPath(named);
        if (Directory.Exists(path))
            throw Failure($"The launcher '{named}' is a folder. Name the program in it.");
        if (!File.Exists(path))
            throw Failure($"The launcher '{named}' does not exist. {HowToInstall}");
        return IsExecutable(path) ? path : throw Failure($"The launcher '{named}' is not executable. Make it so with chmod +x, or name another one.");
    }

    private static IEnumerable<string> OnPath(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries).Select(folder => System.IO.Path.Combine(folder, name));

    private static bool IsExecutable(string path) =>
        File.Exists(path) && (OperatingSystem.IsWindows() || (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0);

    private static string Ask(string path, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(path, ["--version"]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string name in LaunchEnvironment.VariablesToRemove([.. start.Environment.Keys]))
            start.Environment.Remove(name);
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw Failure($"The launcher '{path}' cannot be run: {e.Message}. Name another one, or repair it.", e);
        }
        using (process)
        {
            try
            {
                process.StandardInput.Close();
                // On threads that wait: what is asynchronous about a pipe is compiled anew in each process, for longer than the program takes to answer.
                MpiexecAnswer output = new(process, process.StandardOutput), error = new(process, process.StandardError);
                long until = Environment.TickCount64 + AnswerMilliseconds;
                if (!output.Wait(AnswerMilliseconds, cancellationToken) || !error.Wait((int)Math.Max(0, until - Environment.TickCount64), cancellationToken))
                    throw Failure($"The launcher '{path}' has not answered --version within {AnswerMilliseconds / 1000} s. Run it by hand to see what it waits for, or name another one.");
                process.WaitForExit(EndMilliseconds);
                return output.Text + error.Text;
            }
            finally
            {
                if (!process.HasExited)
                    process.Kill(entireProcessTree: true);
                process.WaitForExit(EndMilliseconds);
            }
        }
    }

    /// <summary>Whether one process may not read the memory of another, as in most containers: Open MPI then fails, or warns, unless told.
    /// False where the user has told it.</summary>
    internal static bool IsSingleCopyRestricted()
    {
        const string Scope = "/proc/sys/kernel/yama/ptrace_scope";
        if (Environment.GetEnvironmentVariable("OMPI_MCA_btl_vader_single_copy_mechanism") is not null)
            return false;
        return File.Exists("/.dockerenv") || File.Exists("/run/.containerenv") || Environment.GetEnvironmentVariable("APPTAINER_CONTAINER") is not null
            || Environment.GetEnvironmentVariable("container") is not null || (File.Exists(Scope) && File.ReadAllText(Scope).Trim() != "0");
    }

    private static string Shorten(string text) => text.Trim() is { Length: > 200 } longer ? longer[..200] + "..." : text.Trim();

    private static JobFailedException Failure(string message, Exception? inner = null) => new(JobFailureReason.LaunchFailure, message, inner: inner);
}
