using System.Diagnostics;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;

namespace PathosHpc;

/// <summary>A command in a session of its own over a shared connection.</summary>
internal sealed class SessionProcess : RemoteProcess
{
    private const int MostNoise = 1 << 20;
    private static readonly TimeSpan LeaveTime = TimeSpan.FromSeconds(3), StartTime = TimeSpan.FromSeconds(60);
    private readonly Process process;
    private readonly Func<int, Task> endOverThere;
    private readonly string host;
    private readonly byte[] mark;
    private readonly Pipe errors = new(new PipeOptions(pauseWriterThreshold: 0));
    private readonly TaskCompletionSource<int> exit = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly MemoryStream noise = new();
    private readonly Task errorReader;
    private int processId;
    private volatile bool ending;

    private SessionProcess(Process process, string host, string mark, Func<int, Task> endOverThere)
    {
        (this.process, this.host, this.endOverThere, this.mark) = (process, host, endOverThere, Encoding.ASCII.GetBytes("\n" + mark));
        Error = errors.Reader.AsStream();
        Output = process.StandardOutput.BaseStream;
        errorReader = Task.Run(ReadErrorsAsync);
        _ = exit.Task.ContinueWith(t => t.Exception, TaskContinuationOptions.OnlyOnFaulted);
    }

    public override Stream Input => process.StandardInput.BaseStream;

    public override Stream Output { get; }

    public override Stream Error { get; }

    public override Task<int> Exit => exit.Task;

    /// <summary>Starts it.</summary>
    /// <param name="start">The ssh that runs <see cref="RemoteScript.Bootstrap"/>.</param>
    /// <param name="endOverThere">Ends the process group of a process of the host.</param>
    /// <exception cref="HostFailedException">The session was refused, or the connection lost.</exception>
    public static async Task<SessionProcess> StartAsync(ProcessStartInfo start, string host, HostCommand command, Func<int, Task> endOverThere, CancellationToken cancellationToken)
    {
        string mark = "pathos-" + Guid.NewGuid().ToString("N");
        byte[] line = RemoteScript.Line(RemoteScript.Session(mark, command));
        var process = Process.Start(start)!;
        var session = new SessionProcess(process, host, mark, endOverThere);
        Task marked = session.SkipToMarkAsync(line);
        try
        {
            await marked.WaitAsync(cancellationToken).ConfigureAwait(false);
            return session;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            _ = session.EndOnceStartedAsync(marked);
            throw;
        }
        catch
        {
            session.Kill();
            throw;
        }
    }

    /// <summary>Ends a command of which nobody wants to hear. It may run already, or begin yet: only its mark tells what to end over there.</summary>
    private async Task EndOnceStartedAsync(Task marked)
    {
        try
        {
            await marked.WaitAsync(StartTime).ConfigureAwait(false);
            await DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is TimeoutException or HostFailedException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            Kill();
        }
    }

    public override async Task EndAsync()
    {
        if (exit.Task.IsCompleted)
            return;
        ending = true;
        try
        {
            await endOverThere(processId).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HostFailedException or IOException)
        {
            // The connection is gone: the command's output is closed, and more cannot be done from here.
        }
        _ = LeaveAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await EndAsync().ConfigureAwait(false);
        try
        {
            await Input.DisposeAsync().ConfigureAwait(false);
        }
        catch (IOException)
        {
            // It ended without reading all of it.
        }
        await LeaveAsync().ConfigureAwait(false);
        process.Dispose();
    }

    private async Task LeaveAsync()
    {
        try
        {
            using var patience = new CancellationTokenSource(LeaveTime);
            await process.WaitForExitAsync(patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            Kill();
        }
        catch (InvalidOperationException)
        {
            // Disposed, since it had ended.
        }
    }

    private async Task SkipToMarkAsync(byte[] line)
    {
        try
        {
            await Input.WriteAsync(line).ConfigureAwait(false);
            await Input.FlushAsync().ConfigureAwait(false);
        }
        catch (IOException)
        {
            // It ended; what it said tells why.
        }
        // Byte by byte: what follows the mark's line is the command's. The pipe's stream has no buffer, but noise is short.
        var seen = new List<byte>();
        var one = new byte[1];
        for (int at = -1; at < 0 || seen[^1] != (byte)'\n' || seen.Count <= at + mark.Length;)
        {
            if (await Output.ReadAsync(one).ConfigureAwait(false) == 0 || seen.Count > MostNoise)
            {
                await errorReader.WaitAsync(LeaveTime).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                string said = Encoding.UTF8.GetString(noise.ToArray()) + Encoding.UTF8.GetString([.. seen]);
                throw SshFailure.IsRefusedSession(said) ? new HostFailedException(HostFailureReason.Refused, host, $"{host} refuses another session. {said.Trim()}") : SshFailure.Lost(host, said);
            }
            seen.Add(one[0]);
            if (at < 0 && seen.Count >= mark.Length && System.Runtime.InteropServices.CollectionsMarshal.AsSpan(seen).EndsWith(mark))
                at = seen.Count - mark.Length;
        }
        string text = Encoding.ASCII.GetString([.. seen]);
        processId = int.Parse(text[(text.LastIndexOf(' ') + 1)..].Trim(), CultureInfo.InvariantCulture);
    }

    /// <summary>Passes on what the command writes between the two marks, and learns its exit code from the second.</summary>
    private async Task ReadErrorsAsync()
    {
        Stream source = process.StandardError.BaseStream;
        var buffer = new byte[16384];
        var pending = new List<byte>();
        bool marked = false;
        try
        {
            for (int count; (count = await source.ReadAsync(buffer).ConfigureAwait(false)) > 0;)
            {
                pending.AddRange(buffer.AsSpan(0, count));
                if (!marked)
                {
                    int at = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(pending).IndexOf([.. mark, (byte)'\n']);
                    noise.Write(buffer, 0, at < 0 && noise.Length < MostNoise ? count : 0);
                    if (at < 0)
                        continue;
                    marked = true;
                    pending.RemoveRange(0, at + mark.Length + 1);
                }
                int pass = Passable(pending, out int? code);
                await errors.Writer.WriteAsync(pending[..pass].ToArray()).ConfigureAwait(false);
                pending.RemoveRange(0, pass);
                if (code is { } known)
                    exit.TrySetResult(known);
            }
        }
        catch (IOException)
        {
            // The pipe is gone with its process.
        }
        if (marked && pending.Count > 0 && !exit.Task.IsCompleted)
            await errors.Writer.WriteAsync(pending.ToArray()).ConfigureAwait(false);
        await process.WaitForExitAsync().ConfigureAwait(false);
        if (!exit.Task.IsCompleted)
        {
            if (process.ExitCode == 255 && !ending)
                exit.TrySetException(SshFailure.Lost(host, Encoding.UTF8.GetString([.. pending])));
            else
                exit.TrySetResult(process.ExitCode == 255 ? 128 + 15 : process.ExitCode);
        }
        await errors.Writer.CompleteAsync(exit.Task.IsFaulted ? exit.Task.Exception!.InnerException : null).ConfigureAwait(false);
    }

    /// <summary>How many bytes cannot be the end's mark; its code once it is whole.</summary>
    private int Passable(List<byte> pending, out int? code)
    {
        ReadOnlySpan<byte> bytes = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(pending);
        byte[] trailer = [.. mark, (byte)'='];
        code = null;
        int at = bytes.IndexOf(trailer);
        if (at >= 0)
        {
            ReadOnlySpan<byte> rest = bytes[(at + trailer.Length)..];
            int end = rest.IndexOf((byte)'\n');
            if (end >= 0)
                code = int.Parse(Encoding.ASCII.GetString(rest[..end]), CultureInfo.InvariantCulture);
            return at;
        }
        for (int from = Math.Max(0, bytes.Length - trailer.Length); from < bytes.Length; from++)
        {
            if (bytes[from] == (byte)'\n' && trailer.AsSpan().StartsWith(bytes[from..]))
                return from;
        }
        return bytes.Length;
    }

    private void Kill()
    {
        try
        {
            process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has ended.
        }
    }
}
