using System.Globalization;
using System.IO.MemoryMappedFiles;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace PathosHpc;

/// <summary>The private folder in which a pool and its workers on this machine meet: a token that only the user can read, and a socket.</summary>
internal sealed class Rendezvous(string folder)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan AbandonedPatience = TimeSpan.FromSeconds(5);

    public string Folder => folder;

    /// <summary>File in which ranks mark the item they compute.</summary>
    public string RunningPath => Path.Combine(folder, "running");

    public string SocketPath => Path.Combine(folder, "socket");

    private string TokenPath => Path.Combine(folder, "token");

    private string RehearsalPath => Path.Combine(folder, "rehearsal");

    /// <summary>Makes a folder that only the user can enter, with a new token.</summary>
    /// <param name="parent">Where; null for the folder of temporary files.</param>
    /// <param name="beforehand">Told the folder's path before the folder is there, so that no moment is left in which nobody would remove it.</param>
    /// <exception cref="IOException">It cannot be made, or a socket's path in it would be too long.</exception>
    public static Rendezvous Create(string? parent, Action<string>? beforehand = null)
    {
        // Nobody can guess the name, and so make the folder first in a place that others may write to. Written as a number: for bytes the runtime compiles vectors.
        string folder = Path.Combine(Path.GetFullPath(parent ?? Path.GetTempPath()), "pathos-" + BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8)).ToString("x16", CultureInfo.InvariantCulture));
        beforehand?.Invoke(folder);
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var rendezvous = new Rendezvous(folder);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        try
        {
            using var file = new FileStream(rendezvous.TokenPath, options);
            file.Write(RandomNumberGenerator.GetBytes(Protocol.TokenSize));
            return rendezvous;
        }
        catch (IOException)
        {
            rendezvous.Delete();
            throw;
        }
    }

    /// <summary>Puts a function there that ranks may read for nothing while they come up; where it cannot be put, they do without.</summary>
    public void LetRehearse(Payload function)
    {
        try
        {
            File.WriteAllBytes(RehearsalPath, function.ToArray());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What else is wrong with the folder is said by those who need it.
        }
    }

    /// <summary>That function.</summary>
    /// <exception cref="IOException">It is not there.</exception>
    public Payload ReadRehearsal()
    {
        // Mapped, since the marks of a rank are.
        using var file = MemoryMappedFile.CreateFromFile(RehearsalPath, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        using MemoryMappedViewStream view = file.CreateViewStream(0, new FileInfo(RehearsalPath).Length, MemoryMappedFileAccess.Read);
        var bytes = new byte[view.Length];
        view.ReadExactly(bytes);
        return new Payload(bytes);
    }

    public byte[] ReadToken() => File.ReadAllBytes(TokenPath);

    public Socket Listen(int backlog)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(new UnixDomainSocketEndPoint(SocketPath));
            socket.Listen(backlog);
            return socket;
        }
        catch (Exception e) when (e is SocketException or ArgumentOutOfRangeException)
        {
            socket.Dispose();
            throw new IOException($"No socket can be made at {SocketPath}: {e.Message} Set TMPDIR (or WorkFolder) to a folder with a shorter path that you may write to.", e);
        }
    }

    /// <summary>Connects to the pool and proves that this process may.</summary>
    public SocketCarrier Dial()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(SocketPath));
        return Handshake.Dial(socket, LinkRole.Worker, ReadToken());
    }

    public static Welcome AwaitWelcome(Carrier carrier)
    {
        long until = Environment.TickCount64 + (long)Patience.TotalMilliseconds;
        while (Environment.TickCount64 < until)
        {
            if (!carrier.TryReceive(out Frame frame))
            {
                carrier.Flush();
                carrier.WaitToReceive(100);
                continue;
            }
            if (frame.Kind == FrameKind.Bye)
                throw new LinkException($"The pool refused this worker: {Farewell.Read(frame).Text}");
            return frame.Kind == FrameKind.Hello ? Welcome.Read(frame.Reader()) : throw new LinkException($"A frame of kind {frame.Kind} came ahead of the pool's hello.");
        }
        throw new LinkException($"The pool did not answer within {Patience.TotalSeconds} s.");
    }

    /// <summary>Removes the folder when its pool is gone without having done so. A pool that lives may start others here.</summary>
    public void DeleteIfAbandoned()
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(SocketPath));
            // A process that was killed closes its sockets one after the other: the listening one may be the last. A pool that lives greets.
            if (socket.Poll(AbandonedPatience, SelectMode.SelectRead) && socket.Receive(new byte[1]) == 0)
                Delete();
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionRefused or SocketError.ConnectionReset or SocketError.AddressNotAvailable)
        {
            Delete();
        }
        catch (SocketException)
        {
            // It listens, and is busy.
        }
    }

    /// <summary>Removes the folder and what is in it.</summary>
    public void Delete()
    {
        if (!Directory.Exists(folder))
            return;
        try
        {
            // One by one: what deletes whole trees is compiled anew by every process, a few milliseconds ahead of its end.
            foreach (string file in Directory.GetFiles(folder))
                File.Delete(file);
            Directory.Delete(folder, recursive: Directory.GetDirectories(folder).Length > 0);
        }
        catch (DirectoryNotFoundException)
        {
            // Someone was quicker, which is as well.
        }
        catch (IOException)
        {
            // A worker that is just ending may still write; it removes the folder itself when it finds its client gone.
        }
    }
}
