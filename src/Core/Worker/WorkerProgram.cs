using System.Reflection;
using System.Runtime.InteropServices;

namespace PathosHpc;

/// <summary>How a process is started that runs the user's assemblies without the user's <c>Main</c>.</summary>
/// <remarks>The host is told the application's own runtimeconfig and deps files, so that its assemblies load as in the application.
/// A single-file application has no such files, and a self-contained one no host to tell: they start themselves, and a start-up hook
/// serves before their <c>Main</c>.</remarks>
internal static class WorkerProgram
{
    /// <summary>Tells a single-file application's start-up hook what to serve: the arguments, one a line.</summary>
    public const string HookVariable = "PATHOS_WORKER";

    /// <summary>Set where there is no ICU: .NET then does without.</summary>
    public const string InvariantVariable = "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT";

    private static readonly Lazy<JobFailedException?> objection = new(FindObjection);

    /// <summary>Refuses an application that cannot start workers, before anything is done.</summary>
    /// <exception cref="JobFailedException">It was trimmed or compiled ahead of time, or it cannot be told how it starts.</exception>
    public static void Check()
    {
        if (objection.Value is { } failure)
            throw new JobFailedException(failure.Reason, failure.Message);
    }

    /// <summary>The command that runs <paramref name="library"/>'s program with <paramref name="arguments"/>, and the variables it needs.</summary>
    /// <exception cref="JobFailedException">It cannot be told how this application starts.</exception>
    public static (IReadOnlyList<string> Command, IReadOnlyDictionary<string, string> Variables) Command(Assembly library, params string[] arguments)
    {
        var variables = new Dictionary<string, string>();
        if (Environment.GetEnvironmentVariable("DOTNET_EnableDiagnostics") is null)
            variables["DOTNET_EnableDiagnostics"] = "0"; // a killed process would leave its diagnostics socket behind
        // What a process was told that was itself brought to a host; launchers do not hand variables on.
        foreach (string name in (string[])[InvariantVariable, CacheFolder.Variable])
        {
            if (Environment.GetEnvironmentVariable(name) is { } value)
                variables[name] = value;
        }
        if (StartsItself())
        {
            variables["DOTNET_STARTUP_HOOKS"] = library.GetName().Name!;
            variables[HookVariable] = string.Join('\n', arguments);
            return ([Environment.ProcessPath ?? throw Unknown("this process has no path")], variables);
        }
        (string runtimeConfig, string deps) = ApplicationFiles();
        return ([DotnetHost(), "exec", "--runtimeconfig", runtimeConfig, "--depsfile", deps, LocationOf(library), .. arguments], variables);
    }

    /// <summary>What of this application has to be on another host, so that workers can be started there.</summary>
    /// <exception cref="JobFailedException">It cannot be told how this application starts.</exception>
    public static ApplicationImage Image()
    {
        Check();
        string own = LocationOf(typeof(Pool).Assembly);
        if (own.Length == 0)
            return new ApplicationImage(Path.GetDirectoryName(Environment.ProcessPath!)!, Path.GetFileName(Environment.ProcessPath!), IsSingleFile: true, null, null);
        (string runtimeConfig, string deps) = ApplicationFiles();
        string folder = Path.GetDirectoryName(deps)!;
        if (!own.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            throw Unknown($"its libraries lie outside of its folder {folder} (PathosHpc.Core is {own}), so that the folder cannot be brought to another host");
        return StartsItself() ? new ApplicationImage(folder, Path.GetFileName(Environment.ProcessPath!), IsSingleFile: false, null, null)
            : new ApplicationImage(folder, null, IsSingleFile: false, Path.GetFileName(runtimeConfig), Path.GetFileName(deps));
    }

    /// <summary>The dotnet host of this process, below whose folder the shared runtime lies.</summary>
    public static string RuntimeRoot() => Path.GetDirectoryName(Path.GetFullPath(new FileInfo(DotnetHost()) is { LinkTarget: not null } link ? link.ResolveLinkTarget(true)!.FullName : DotnetHost()))!;

    /// <summary>Serves, when a pool started this single-file application as a worker, and does not return then.</summary>
    public static void ServeAsHook(Func<string[], int> run)
    {
        if (Environment.GetEnvironmentVariable(HookVariable) is not { } arguments)
            return;
        Environment.SetEnvironmentVariable(HookVariable, null);
        Environment.SetEnvironmentVariable("DOTNET_STARTUP_HOOKS", null);
        ThisProcess.End(run(arguments.Split('\n')));
    }

    private static JobFailedException? FindObjection()
    {
        try
        {
            if (!StartsItself())
                return null;
        }
        catch (JobFailedException e)
        {
            return e;
        }
        if (AppContext.TryGetSwitch("System.StartupHookProvider.IsSupported", out bool hooks) && !hooks)
            return Unknown("start-up hooks are switched off in it, as they are in applications that were trimmed or compiled ahead of time");
        return Environment.GetEnvironmentVariable(HookVariable) is null ? null : Unknown("it was itself started as a worker, and its start-up hook did not run");
    }

    private static bool StartsItself() => LocationOf(typeof(Pool).Assembly).Length == 0 || IsSelfContained(ApplicationFiles().RuntimeConfig);

    private static string LocationOf(Assembly library) =>
#pragma warning disable IL3000 // an empty location is how a single-file application is recognised
        library.Location;
#pragma warning restore IL3000

    /// <summary>Whether the application brings the runtime: then that lies beside its own files, and not with the host.</summary>
    private static bool IsSelfContained(string runtimeConfig) =>
        Path.GetFullPath(RuntimeEnvironment.GetRuntimeDirectory()).TrimEnd(Path.DirectorySeparatorChar) == Path.GetDirectoryName(Path.GetFullPath(runtimeConfig));

    private static (string RuntimeConfig, string Deps) ApplicationFiles()
    {
        string? deps = (AppContext.GetData("APP_CONTEXT_DEPS_FILES") as string)?.Split(';')[0];
        if (string.IsNullOrEmpty(deps) || !File.Exists(deps))
            throw Unknown("it has no deps.json file (trimmed and ahead-of-time compiled applications are not supported)");
        string runtimeConfig = deps[..^".deps.json".Length] + ".runtimeconfig.json";
        return File.Exists(runtimeConfig) ? (runtimeConfig, deps) : throw Unknown($"there is no {runtimeConfig}");
    }

    /// <summary>The dotnet host of the runtime that this process runs on.</summary>
    /// <exception cref="JobFailedException">There is none.</exception>
    internal static string DotnetHost()
    {
        string name = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
        if (Path.GetFileName(Environment.ProcessPath) == name)
            return Environment.ProcessPath!;
        string beside = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", name));
        if (File.Exists(beside))
            return beside;
        if (Environment.GetEnvironmentVariable("DOTNET_ROOT") is { Length: > 0 } root && File.Exists(Path.Combine(root, name)))
            return Path.Combine(root, name);
        foreach (string folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            if (File.Exists(Path.Combine(folder, name)))
                return Path.Combine(folder, name);
        }
        throw Unknown("no dotnet host was found beside the runtime, in DOTNET_ROOT or on PATH");
    }

    private static JobFailedException Unknown(string why) =>
        new(JobFailureReason.LaunchFailure, $"It cannot be told how workers of this application are to be started: {why}. " +
            "Publish it framework-dependent or self-contained, in a folder or a single file, but neither trimmed nor compiled ahead of time.");
}
