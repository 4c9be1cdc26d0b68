namespace PathosHpc;

/// <summary>How a server fares.</summary>
/// <param name="Workers">Workers that it gives away.</param>
/// <param name="Free">Those that nobody has.</param>
/// <param name="ProcessId">Its process, on its machine.</param>
/// <param name="Clients">Who has workers, how many, and for how long.</param>
internal sealed record ServerStatus(int Workers, int Free, int ProcessId, IReadOnlyList<(string Name, int Workers, TimeSpan For)> Clients)
{
    public static ServerStatus Read(PayloadReader answer)
    {
        (int workers, int free, int process) = (answer.ReadInt32(), answer.ReadInt32(), answer.ReadInt32());
        var clients = new (string, int, TimeSpan)[answer.ReadInt32() is var count && count >= 0 && count <= workers ? count : throw new MalformedPayloadException($"A server with {workers} workers tells of {count} clients.")];
        for (int i = 0; i < clients.Length; i++)
            clients[i] = (answer.ReadString() ?? "", answer.ReadInt32(), TimeSpan.FromSeconds(answer.ReadInt64()));
        return new ServerStatus(workers, free, process, clients);
    }
}
