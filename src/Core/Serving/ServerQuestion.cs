namespace PathosHpc;

/// <summary>What a client asks of a server.</summary>
internal enum ServerQuestion : byte
{
    /// <summary>How it fares. Answer: workers (int32), those that are free (int32), process id (int32), count of clients (int32) and for each who it is (string), its workers (int32) and seconds (int64).</summary>
    Status = 1,
    /// <summary>To end. Answer: empty.</summary>
    Stop = 2,
    /// <summary>To run a command to its end: the command. Answer: exit code (int32), whether it timed out (byte), both outputs (strings).</summary>
    Run = 3,
    /// <summary>For workers, for as long as the stream lasts: who asks (string), how many at most, 0 for all (int32). Answer: how many (int32).</summary>
    Reserve = 4,
    /// <summary>To start the reserved workers: the command of their host. Answer: empty; what follows is that process's standard input and output.</summary>
    Start = 5,
    /// <summary>For a piece of a file: path (string), where it begins (int64), how long it is at most (int32). Answer: length (int32) and bytes, fewer at the end of the file.</summary>
    Fetch = 6,
}
