using System.Buffers;
using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace PathosHpc;

/// <summary>Runs a <see cref="HostCommand"/> as a child of this process.</summary>
internal static class LocalCommand
{
    /// <summary>A daemon that a command leaves behind may keep its pipes open: output is awaited no longer than this after the command's end.</summary>
    private static readonly TimeSpan PipeGrace = TimeSpan.FromSeconds(2);

    internal static async Task<CommandResult> RunAsync(HostCommand command, IReadOnlyDictionary<string, string> hostVariables, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        var start = StartInfo(command, hostVariables);
        if (Find(command.Arguments[0], start.Environment["PATH"]) is not { } program)
            return new CommandResult(127, "", $"{command.Arguments[0]}: no such program on PATH ({start.Environment["PATH"]}).", watch.Elapsed);
        start.FileName = program;
        using var process = new Process { StartInfo = start };
        try
        {
            process.Start();
        }
        catch (Win32Exception e)
        {
            return new CommandResult(e.NativeErrorCode == 2 ? 127 : 126, "", $"{program}: {e.Message}", watch.Elapsed);
        }
        var (output, error) = (new PipeReader(process.StandardOutput.BaseStream), new PipeReader(process.StandardError.BaseStream));
        var input = WriteInputAsync(process, command.StandardInput);
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(command.Timeout);
        var timedOut = false;
        try
        {
            await process.WaitForExitAsync(timeout.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            Kill(process);
            cancellationToken.ThrowIfCancellationRequested();
            timedOut = true;
        }
        await Task.WhenAny(Task.WhenAll(output.Done, error.Done, input), Task.Delay(PipeGrace, CancellationToken.None)).ConfigureAwait(false);
        return new CommandResult(timedOut ? -1 : process.ExitCode, output.Text, error.Text, watch.Elapsed) { TimedOut = timedOut };
    }

    private static ProcessStartInfo StartInfo(HostCommand command, IReadOnlyDictionary<string, string> hostVariables)
    {
        var start = new ProcessStartInfo
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = command.WorkingFolder ?? "",
        };
        foreach (var argument in command.Arguments.Skip(1)) start.ArgumentList.Add(argument);
        foreach (var (name, value) in hostVariables) start.Environment[name] = value;
        foreach (var name in start.Environment.Keys.Where(command.Hides).ToList()) start.Environment.Remove(name);
        foreach (var (name, value) in command.Variables) start.Environment[name] = value;
        start.Environment.TryAdd("PATH", "/usr/local/bin:/usr/bin:/bin");
        return start;
    }

    /// <summary>The program on the PATH that the command sees, which need not be that of this process.</summary>
    private static string? Find(string program, string? path)
    {
        if (program.Contains('/', StringComparison.Ordinal)) return File.Exists(program) ? program : null;
        return (path ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, program)).FirstOrDefault(IsProgram);
    }

    private static bool IsProgram(string file) => File.Exists(file) && (OperatingSystem.IsWindows()
        || (File.GetUnixFileMode(file) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0);

    private static async Task WriteInputAsync(Process process, ReadOnlyMemory<byte>? input)
    {
        try
        {
            if (input is { } bytes) await process.StandardInput.BaseStream.WriteAsync(bytes).ConfigureAwait(false);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The program ended without reading its input; its exit code says whether that was a failure.
        }
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It ended in the meantime, which is what was wanted.
        }
    }

    /// <summary>Collects one output of a process; what has arrived can be read before the end.</summary>
    private sealed class PipeReader
    {
        private readonly ArrayBufferWriter<byte> bytes = new();

        internal PipeReader(Stream stream) => Done = Task.Run(() => ReadAsync(stream));

        internal Task Done { get; }

        internal string Text
        {
            get
            {
                lock (bytes) return Encoding.UTF8.GetString(bytes.WrittenSpan);
            }
        }

        private async Task ReadAsync(Stream stream)
        {
            var buffer = new byte[16384];
            try
            {
                for (int n; (n = await stream.ReadAsync(buffer).ConfigureAwait(false)) > 0;)
                    lock (bytes) bytes.Write(buffer.AsSpan(0, n));
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException)
            {
                // The process and its pipe are gone; what was read is what there is.
            }
        }
    }
}
