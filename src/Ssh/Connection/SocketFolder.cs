using System.Security.Cryptography;

namespace PathosHpc;

/// <summary>A folder that only the user can enter, for the sockets of a connection: short, since a socket's path must be. It goes with us, also when we are killed.</summary>
internal sealed class SocketFolder : IDisposable
{
    private readonly FolderGuard guard;

    public SocketFolder()
    {
        string parent = System.IO.Path.GetTempPath();
        if (parent.Length > 50 && Directory.Exists("/tmp"))
            parent = "/tmp";
        Path = System.IO.Path.Combine(parent, "pathos-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6)));
        guard = FolderGuard.Start(Path);
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(Path);
        else
            Directory.CreateDirectory(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public string Path { get; }

    /// <summary>The socket through which a shared connection is asked for more.</summary>
    public string Control => System.IO.Path.Combine(Path, "s");

    public void Dispose()
    {
        if (Directory.Exists(Path))
            Directory.Delete(Path, recursive: true);
        guard.Dispose();
    }
}
