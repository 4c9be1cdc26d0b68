using System.Diagnostics;
using System.Net.Sockets;
using NLog;

namespace PathosHpc;

/// <summary>A resident process that gives the cores of its machine to the pools that come: each has workers of its own program, as many as are free, until it goes.</summary>
internal sealed class WorkerServer
{
    /// <summary>How long a host of workers may take to end after its client has gone.</summary>
    private static readonly TimeSpan LeaveTime = TimeSpan.FromSeconds(5);

    /// <summary>Bytes of a file that go out at once.</summary>
    public const int LongestPiece = 24 << 20;

    private static readonly Logger Log = LogManager.GetLogger("PathosHpc.Serving");
    private readonly int workers;
    private readonly byte[] token;
    private readonly CancellationTokenSource stop;
    private readonly Lock gate = new();
    private readonly List<Client> clients = [];

    private WorkerServer(int workers, byte[] token, CancellationTokenSource stop) => (this.workers, this.token, this.stop) = (workers, token, stop);

    private int Free => workers - clients.Sum(c => c.Workers);

    /// <summary>Serves until it is told to stop.</summary>
    /// <param name="server">Its name, or the path of its token file.</param>
    /// <param name="workers">Workers that it gives away, at least 1.</param>
    /// <param name="up">Told the path of the token file when clients may come.</param>
    /// <param name="cancellationToken">Ends it, and what its clients have here.</param>
    /// <exception cref="IOException">A server has that name already, or its files cannot be made.</exception>
    public static async Task RunAsync(string server, int workers, Action<string> up, CancellationToken cancellationToken)
    {
        using ServerClaim claim = ServerClaim.Take(server);
        using Socket listener = claim.Meeting.Listen(64);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var own = new WorkerServer(workers, claim.Meeting.ReadToken(), stop);
        claim.Publish(new ServerFile(claim.Meeting.SocketPath, own.token, Environment.MachineName, IsFar: false));
        up(ServerFile.PathOf(server));
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                Socket socket = await listener.AcceptAsync(stop.Token).ConfigureAwait(false);
                serving.RemoveAll(t => t.IsCompleted);
                serving.Add(Task.Run(() => own.ServeAsync(socket), CancellationToken.None));
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await Task.WhenAll(serving).ConfigureAwait(false);
        }
    }

    /// <summary>Serves one client until it goes.</summary>
    private async Task ServeAsync(Socket socket)
    {
        var client = new Client();
        await using var stream = new NetworkStream(socket, ownsSocket: true);
        try
        {
            using (var limit = CancellationTokenSource.CreateLinkedTokenSource(stop.Token))
            {
                limit.CancelAfter(Handshake.Patience);
                await Handshake.ProveAsync(stream, LinkRole.Worker, token, proveFirst: false, limit.Token).ConfigureAwait(false);
            }
            while (await ServerMessages.ReadAsync(stream, stop.Token).ConfigureAwait(false) is { } question)
            {
                var kind = (ServerQuestion)question.ReadByte();
                if (kind == ServerQuestion.Start)
                {
                    await StartAsync(stream, socket, client, ServerMessages.ReadCommand(question)).ConfigureAwait(false);
                    return;
                }
                await ServerMessages.WriteAsync(stream, await AnswerAsync(kind, question, client).ConfigureAwait(false), stop.Token).ConfigureAwait(false);
                if (kind == ServerQuestion.Stop)
                    await stop.CancelAsync().ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is IOException or LinkException or MalformedPayloadException or OperationCanceledException or SocketException)
        {
            Log.Debug("A client is gone: {Message}", e.Message);
        }
        finally
        {
            lock (gate)
                clients.Remove(client);
        }
    }

    private async Task<PayloadWriter> AnswerAsync(ServerQuestion kind, PayloadReader question, Client client)
    {
        var answer = new PayloadWriter();
        switch (kind)
        {
            case ServerQuestion.Status:
                answer.WriteString(null);
                WriteStatus(answer);
                break;
            case ServerQuestion.Stop:
                answer.WriteString(null);
                break;
            case ServerQuestion.Run:
                CommandResult result = await LocalHost.Instance.RunAsync(ServerMessages.ReadCommand(question), stop.Token).ConfigureAwait(false);
                answer.WriteString(null);
                answer.WriteInt32(result.ExitCode);
                answer.WriteByte(result.TimedOut ? (byte)1 : (byte)0);
                answer.WriteString(result.StandardOutput);
                answer.WriteString(result.StandardError);
                break;
            case ServerQuestion.Reserve:
                Reserve(answer, client, question.ReadString() ?? "", question.ReadInt32());
                break;
            case ServerQuestion.Fetch:
                await ReadAsync(answer, question.ReadString() ?? "", question.ReadInt64(), question.ReadInt32()).ConfigureAwait(false);
                break;
            default:
                throw new LinkException($"A client asked for {(byte)kind}, which this version does not know.");
        }
        return answer;
    }

    /// <summary>Answers with a piece of a file, or why there is none.</summary>
    private async Task ReadAsync(PayloadWriter answer, string path, long offset, int most)
    {
        try
        {
            await using FileStream file = File.OpenRead(path);
            file.Position = offset;
            var bytes = new byte[Math.Clamp(Math.Min(most, file.Length - offset), 0, LongestPiece)];
            int count = await file.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, stop.Token).ConfigureAwait(false);
            answer.WriteString(null);
            answer.WriteInt32(count);
            answer.WriteBytes(bytes.AsSpan(0, count));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            answer.WriteString($"{path} cannot be read on {Environment.MachineName}: {e.Message}");
        }
    }

    private void WriteStatus(PayloadWriter answer)
    {
        lock (gate)
        {
            answer.WriteInt32(workers);
            answer.WriteInt32(Free);
            answer.WriteInt32(Environment.ProcessId);
            answer.WriteInt32(clients.Count);
            foreach (Client client in clients)
            {
                answer.WriteString(client.Name);
                answer.WriteInt32(client.Workers);
                answer.WriteInt64((long)client.Since.Elapsed.TotalSeconds);
            }
        }
    }

    private void Reserve(PayloadWriter answer, Client client, string name, int wanted)
    {
        lock (gate)
        {
            clients.Remove(client);
            int given = Math.Min(wanted > 0 ? wanted : workers, Free);
            if (given > 0)
            {
                (client.Name, client.Workers) = (name, given);
                clients.Add(client);
                answer.WriteString(null);
                answer.WriteInt32(given);
                return;
            }
            string others = string.Join(", ", clients.Select(c => $"{c.Workers} for {c.Name} since {TimeSpan.FromSeconds((long)c.Since.Elapsed.TotalSeconds)}"));
            answer.WriteString($"All {workers} workers of the server on {Environment.MachineName} are given away ({others}). Come again when one of them has ended, or start the server with more workers.");
        }
    }

    /// <summary>Starts a client's host of workers, and carries what both say until one of them has ended.</summary>
    private async Task StartAsync(Stream stream, Socket socket, Client client, HostCommand command)
    {
        if (client.Workers == 0)
            throw new LinkException("A client wanted to start workers without having reserved any.");
        var said = new TailBuffer();
        using Process? process = Start(command, said);
        if (process is null)
        {
            await RefuseAsync(stream, command, said).ConfigureAwait(false);
            return;
        }
        try
        {
            // Its input goes to it before it is known to be well: it says nothing ahead of that.
            Task input = CarryInputAsync(stream, process);
            var buffer = new byte[1 << 17];
            Stream output = process.StandardOutput.BaseStream;
            int count = await output.ReadAsync(buffer, stop.Token).ConfigureAwait(false);
            if (count == 0)
            {
                await process.WaitForExitAsync(stop.Token).WaitAsync(LeaveTime, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                await RefuseAsync(stream, command, said).ConfigureAwait(false);
                return;
            }
            var granted = new PayloadWriter();
            granted.WriteString(null);
            await ServerMessages.WriteAsync(stream, granted, stop.Token).ConfigureAwait(false);
            for (; count > 0; count = await output.ReadAsync(buffer, stop.Token).ConfigureAwait(false))
                await stream.WriteAsync(buffer.AsMemory(0, count), stop.Token).ConfigureAwait(false);
            socket.Shutdown(SocketShutdown.Send);
            // It waits for the client to hear why it ends.
            await input.WaitAsync(LeaveTime, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        finally
        {
            await EndAsync(process).ConfigureAwait(false);
        }
    }

    private async Task CarryInputAsync(Stream stream, Process process)
    {
        try
        {
            await stream.CopyToAsync(process.StandardInput.BaseStream, 1 << 17, stop.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // One of both is gone.
        }
        try
        {
            // The end of its input ends it, and its workers.
            process.StandardInput.Close();
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            // It has ended.
        }
    }

    private static async Task EndAsync(Process process)
    {
        try
        {
            process.StandardInput.Close();
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            // It has ended, or its input has.
        }
        await process.WaitForExitAsync().WaitAsync(LeaveTime).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!process.HasExited)
            process.Kill(entireProcessTree: true);
    }

    private static Process? Start(HostCommand command, TailBuffer said)
    {
        var start = new ProcessStartInfo(command.Arguments[0], command.Arguments.Skip(1)) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in command.Variables)
            start.Environment[name] = value;
        try
        {
            Process process = Process.Start(start)!;
            process.ErrorDataReceived += (_, e) =>
            {
                if (e.Data is not null)
                    said.Add(e.Data);
            };
            process.BeginErrorReadLine();
            return process;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            said.Add(e.Message);
            return null;
        }
    }

    private async Task RefuseAsync(Stream stream, HostCommand command, TailBuffer said)
    {
        var refused = new PayloadWriter();
        refused.WriteString($"The workers could not be started on {Environment.MachineName} ({command.Arguments[0]}).{said.AsQuote()}");
        await ServerMessages.WriteAsync(stream, refused, stop.Token).ConfigureAwait(false);
    }

    private sealed class Client
    {
        public string Name { get; set; } = "";

        public int Workers { get; set; }

        public Stopwatch Since { get; } = Stopwatch.StartNew();
    }
}
