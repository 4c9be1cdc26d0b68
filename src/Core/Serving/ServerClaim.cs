namespace PathosHpc;

/// <summary>The name of a server, which one process at a time has: held by a lock that the system drops with the process. What one that was killed left behind is removed.</summary>
internal sealed class ServerClaim : IDisposable
{
    private readonly string path;
    private readonly FileStream held;

    private ServerClaim(string path, FileStream held, Rendezvous meeting) => (this.path, this.held, Meeting) = (path, held, meeting);

    /// <summary>The private folder of the server's socket.</summary>
    public Rendezvous Meeting { get; }

    /// <summary>Takes a name.</summary>
    /// <exception cref="IOException">A server has it, or the files cannot be made.</exception>
    public static ServerClaim Take(string server)
    {
        string path = ServerFile.PathOf(server), folder = Path.GetDirectoryName(path)!;
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        FileStream held;
        try
        {
            held = new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (File.Exists(path + ".lock"))
        {
            throw new IOException($"A server '{server}' runs already, as {path} tells. End it with 'pathos serve stop {server}', or give this one another name.", e);
        }
        try
        {
            RemoveRemains(path);
            return new ServerClaim(path, held, Rendezvous.Create(null));
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Lets clients find the server.</summary>
    public void Publish(ServerFile file) => file.Write(path);

    /// <summary>Removes the files, and gives the name up.</summary>
    public void Dispose()
    {
        File.Delete(path);
        Meeting.Delete();
        // Removed while it is held: who waits for the name finds no file of a dead server.
        File.Delete(path + ".lock");
        held.Dispose();
    }

    private static void RemoveRemains(string path)
    {
        if (!File.Exists(path))
            return;
        try
        {
            string folder = Path.GetDirectoryName(ServerFile.Parse(File.ReadAllBytes(path), path).Socket)!;
            if (Path.GetFileName(folder).StartsWith("pathos-", StringComparison.Ordinal))
                new Rendezvous(folder).Delete();
        }
        catch (IOException)
        {
            // It was no server's; its own replaces it.
        }
        File.Delete(path);
    }
}
