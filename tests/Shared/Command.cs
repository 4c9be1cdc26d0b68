using System.Diagnostics;
using System.Text;

namespace PathosHpc.Tests;

/// <summary>Runs a program to its end and gives what it wrote. One that takes too long is ended, with its children, by its process id.</summary>
internal sealed record Command(string Program, params string[] Arguments)
{
    /// <summary>Folder it runs in. Default: that of the source tree.</summary>
    public string WorkingDirectory { get; init; } = Repository.Root;

    /// <summary>Variables that are added to the environment; null takes one away.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>();

    /// <summary>Longest time it may take. Default: 3 minutes.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>Runs it, and fails the test with everything that it wrote when its exit code is not 0.</summary>
    public async Task<CommandOutcome> RunToSuccessAsync()
    {
        var result = await RunAsync();
        Assert.True(result.ExitCode == 0, $"{this} ended with exit code {result.ExitCode}.\n{result.Output}\n{result.Error}");
        return result;
    }

    public async Task<CommandOutcome> RunAsync()
    {
        using var process = new Process { StartInfo = StartInfo() };
        var output = new StringBuilder();
        var error = new StringBuilder();
        process.OutputDataReceived += (_, e) => Append(output, e.Data);
        process.ErrorDataReceived += (_, e) => Append(error, e.Data);
        process.Start();
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        using var limit = new CancellationTokenSource(Timeout);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(10), CancellationToken.None);
            throw new TimeoutException($"{this} took longer than {Timeout} and was ended.\n{output}\n{error}");
        }
        return new CommandOutcome(ToString(), process.ExitCode, output.ToString(), error.ToString());
    }

    public override string ToString() => $"{Program} {string.Join(' ', Arguments)}";

    private static void Append(StringBuilder text, string? line)
    {
        if (line is null)
            return;
        lock (text)
            text.Append(line).Append('\n');
    }

    private ProcessStartInfo StartInfo()
    {
        var start = new ProcessStartInfo(Program, Arguments)
        {
            WorkingDirectory = WorkingDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // What the test host's own start-up left behind is not for programs that a user would start.
        foreach (string name in new[] { "MSBUILD_EXE_PATH", "MSBuildSDKsPath", "MSBuildExtensionsPath", "MSBuildLoadMicrosoftTargetsReadOnly", "DOTNET_HOST_PATH" })
            start.Environment.Remove(name);
        foreach (var (name, value) in QuietDotnet.Concat(Environment))
            start.Environment[name] = value;
        return start;
    }

    private static Dictionary<string, string?> QuietDotnet { get; } = new()
    {
        ["DOTNET_NOLOGO"] = "1",
        ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1",
        ["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0",
        ["MSBUILDDISABLENODEREUSE"] = "1",
        ["UseSharedCompilation"] = "false",
        ["TERM"] = "dumb",                  // Open MPI gives ranks a terminal, which .NET would greet with control characters
    };
}
