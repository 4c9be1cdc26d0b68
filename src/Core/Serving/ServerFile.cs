using System.Security.Cryptography;
using System.Text.Json;

namespace PathosHpc;

/// <summary>What a client has to know of a server, in a file that only the user can read: where it listens, and its token.</summary>
/// <param name="Socket">The Unix socket that it listens on.</param>
/// <param name="Token">What both sides prove that they know.</param>
/// <param name="Machine">The machine that it runs on.</param>
/// <param name="IsFar">Whether the socket leads to another machine, so that programs have to be brought there.</param>
internal sealed record ServerFile(string Socket, byte[] Token, string Machine, bool IsFar)
{
    private const int Version = 1;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>The folder of the files that have a name.</summary>
    public static string Folder => Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".pathos-hpc", "servers");

    /// <summary>The names of the servers that left a file here; whether they live, they have to be asked.</summary>
    public static IReadOnlyList<string> Names => !Directory.Exists(Folder) ? []
        : [.. Directory.EnumerateFiles(Folder, "*.json").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    /// <summary>Whether a text is a name, or the path of a file.</summary>
    public static bool IsUsable(string server) => IsPath(server) || (server.Length > 0 && server[0] is not ('.' or '-') && server.IndexOfAny(Path.GetInvalidFileNameChars()) < 0);

    /// <summary>The file of a server: a name stands for one in <see cref="Folder"/>, a path for itself.</summary>
    public static string PathOf(string server) => IsPath(server) ? Path.GetFullPath(server) : Path.Combine(Folder, server + ".json");

    /// <summary>Reads the file of a server.</summary>
    /// <exception cref="IOException">There is none, or it is something else.</exception>
    public static ServerFile Read(string server)
    {
        string path = PathOf(server);
        try
        {
            return Parse(File.ReadAllBytes(path), path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new IOException($"There is no server '{server}': {path} is missing. Start one with 'pathos serve' on the machine whose cores it gives, or with 'pathos connect HOST' from here.", e);
        }
    }

    /// <summary>Reads what such a file holds.</summary>
    /// <exception cref="IOException">It is something else.</exception>
    public static ServerFile Parse(byte[] content, string path)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(content);
            JsonElement root = json.RootElement;
            int version = root.GetProperty("pathosServer").GetInt32();
            if (version != Version)
                throw new IOException($"{path} is of version {version}, and this library reads version {Version}. Use the same version of PathosHpc on both sides.");
            return new ServerFile(root.GetProperty("socket").GetString()!, Convert.FromHexString(root.GetProperty("token").GetString()!), root.GetProperty("machine").GetString()!, root.GetProperty("far").GetBoolean());
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new IOException($"{path} is no file of a server. Remove it, and start the server again.", e);
        }
    }

    /// <summary>Writes it whole, readable by the user alone.</summary>
    public void Write(string path)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteNumber("pathosServer", Version);
            json.WriteString("socket", Socket);
            json.WriteString("token", Convert.ToHexStringLower(Token));
            json.WriteString("machine", Machine);
            json.WriteBoolean("far", IsFar);
            json.WriteEndObject();
        }
        string temporary = $"{path}.{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerOnly;
        using (var file = new FileStream(temporary, options))
            file.Write(bytes.GetBuffer(), 0, (int)bytes.Length);
        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>The script that prints the file of the server of a host's own name, over there.</summary>
    public static HostCommand PrintThere(string? server) => new("/bin/sh", "-c",
        "n=$1; [ -n \"$n\" ] || { n=$(uname -n); n=${n%%.*}; }; case $n in */*) f=$n;; *) f=$HOME/.pathos-hpc/servers/$n.json;; esac; [ -f \"$f\" ] && cat \"$f\"", "sh", server ?? "");

    private static bool IsPath(string server) => server.Contains('/', StringComparison.Ordinal) || server.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal);
}
