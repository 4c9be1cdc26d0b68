using System.Net.Sockets;

namespace PathosHpc;

/// <summary>A client's stream to a server.</summary>
internal sealed class ServerConnection : IAsyncDisposable
{
    /// <summary>How long an answer may take that needs no command to run.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>How long a piece of a file may take, over whatever leads there.</summary>
    private static readonly TimeSpan FetchTime = TimeSpan.FromMinutes(5);

    private readonly Stream stream;

    private ServerConnection(Stream stream, string machine) => (this.stream, Machine) = (stream, machine);

    /// <summary>The server's machine.</summary>
    public string Machine { get; }

    /// <summary>Connects to the server of a name or token file.</summary>
    /// <exception cref="IOException">There is none, or it does not answer.</exception>
    public static async Task<ServerConnection> OpenAsync(string server, CancellationToken cancellationToken)
    {
        ServerFile file = ServerFile.Read(server);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(file.Socket), cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new IOException($"The server '{server}' does not answer ({file.Socket}: {e.Message}). It has ended without a word; start it again.", e);
        }
        return await OpenAsync(new NetworkStream(socket, ownsSocket: true), file, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Proves who both are over a stream to a server, which is disposed if that fails.</summary>
    /// <exception cref="IOException">It is gone, or another.</exception>
    public static async Task<ServerConnection> OpenAsync(Stream stream, ServerFile file, CancellationToken cancellationToken)
    {
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(Handshake.Patience);
            await Handshake.ProveAsync(stream, LinkRole.Client, file.Token, proveFirst: true, limit.Token).ConfigureAwait(false);
            await stream.FlushAsync(limit.Token).ConfigureAwait(false);
            return new ServerConnection(stream, file.Machine);
        }
        catch (Exception e)
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            if (e is LinkException or EndOfStreamException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
                throw new IOException($"The server on {file.Machine} did not prove who it is: {e.Message}", e);
            throw;
        }
    }

    /// <summary>Asks how the server fares.</summary>
    public async Task<ServerStatus> StatusAsync(CancellationToken cancellationToken) => ServerStatus.Read(await AskAsync(Question(ServerQuestion.Status), Patience, cancellationToken).ConfigureAwait(false));

    /// <summary>Tells the server to end, and waits until it has let go of this stream.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await AskAsync(Question(ServerQuestion.Stop), Patience, cancellationToken).ConfigureAwait(false);
        try
        {
            await ServerMessages.ReadAsync(stream, cancellationToken).WaitAsync(Patience, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // It has.
        }
    }

    /// <summary>Runs a command on the server's machine.</summary>
    public async Task<CommandResult> RunAsync(HostCommand command, CancellationToken cancellationToken)
    {
        PayloadWriter question = Question(ServerQuestion.Run);
        ServerMessages.Write(question, command);
        PayloadReader answer = await AskAsync(question, command.Timeout + Patience, cancellationToken).ConfigureAwait(false);
        (int code, bool timedOut) = (answer.ReadInt32(), answer.ReadByte() != 0);
        return new CommandResult(code, answer.ReadString() ?? "", answer.ReadString() ?? "", TimeSpan.Zero) { TimedOut = timedOut };
    }

    /// <summary>Reads a piece of a file of the server's machine.</summary>
    /// <returns>Fewer bytes than were asked for at the end of the file.</returns>
    /// <exception cref="HostFailedException">It cannot be read.</exception>
    public async Task<byte[]> FetchAsync(string path, long offset, int most, CancellationToken cancellationToken)
    {
        PayloadWriter question = Question(ServerQuestion.Fetch);
        question.WriteString(path);
        question.WriteInt64(offset);
        question.WriteInt32(most);
        PayloadReader answer;
        try
        {
            answer = await AskAsync(question, FetchTime, cancellationToken).ConfigureAwait(false);
        }
        catch (HostFailedException e) when (e.Reason == HostFailureReason.Refused)
        {
            throw new HostFailedException(HostFailureReason.File, Machine, e.Message);
        }
        int length = answer.ReadInt32();
        var bytes = new byte[length >= 0 && length <= most && length <= answer.Remaining ? length : throw new MalformedPayloadException("A piece of a file is longer than its message.")];
        answer.ReadBytes(bytes);
        return bytes;
    }

    /// <summary>Asks for workers, which are this client's as long as the connection lasts.</summary>
    /// <returns>How many it has.</returns>
    /// <exception cref="HostFailedException">None is free; the message tells who has them.</exception>
    public async Task<int> ReserveAsync(int? wanted, CancellationToken cancellationToken)
    {
        PayloadWriter question = Question(ServerQuestion.Reserve);
        question.WriteString($"{Environment.UserName}@{Environment.MachineName} (process {Environment.ProcessId})");
        question.WriteInt32(wanted ?? 0);
        return (await AskAsync(question, Patience, cancellationToken).ConfigureAwait(false)).ReadInt32();
    }

    /// <summary>Asks for the host of the reserved workers to be started. It says nothing ahead of its input, so the answer (<see cref="AwaitStartAsync"/>) comes when that has had its first.</summary>
    /// <returns>Its standard output, once the answer was read, and its input.</returns>
    public async Task<Stream> StartAsync(HostCommand command, CancellationToken cancellationToken)
    {
        PayloadWriter question = Question(ServerQuestion.Start);
        ServerMessages.Write(question, command);
        await ServerMessages.WriteAsync(stream, question, cancellationToken).ConfigureAwait(false);
        return stream;
    }

    /// <summary>Reads the answer to <see cref="StartAsync"/>.</summary>
    /// <exception cref="HostFailedException">It could not be started; the message has what it printed.</exception>
    public async Task AwaitStartAsync(CancellationToken cancellationToken) => await GrantedAsync(cancellationToken).ConfigureAwait(false);

    public ValueTask DisposeAsync() => stream.DisposeAsync();

    private static PayloadWriter Question(ServerQuestion kind)
    {
        var question = new PayloadWriter();
        question.WriteByte((byte)kind);
        return question;
    }

    private async Task<PayloadReader> AskAsync(PayloadWriter question, TimeSpan patience, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(patience);
        try
        {
            await ServerMessages.WriteAsync(stream, question, limit.Token).ConfigureAwait(false);
            return await GrantedAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException($"The server on {Machine} did not answer within {patience.TotalSeconds} s.", e);
        }
    }

    /// <summary>The next answer, if it grants what was asked.</summary>
    private async Task<PayloadReader> GrantedAsync(CancellationToken cancellationToken)
    {
        PayloadReader answer = await ServerMessages.ReadAsync(stream, cancellationToken).ConfigureAwait(false) ?? throw new IOException($"The server on {Machine} has ended.");
        return answer.ReadString() is { } refusal ? throw new HostFailedException(HostFailureReason.Refused, Machine, refusal) : answer;
    }
}
