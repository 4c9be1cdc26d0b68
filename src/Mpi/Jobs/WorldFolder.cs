using System.Globalization;

namespace PathosHpc;

/// <summary>The part of a job folder in which a client and its world meet. Each file has one writer; new ones are found by listing.</summary>
/// <param name="host">The machine that sees it: the client's host, or within the job <see cref="LocalHost"/>.</param>
/// <param name="path">Where it is.</param>
internal sealed class WorldFolder(ClusterHost host, string path)
{
    /// <summary>Its name in the job folder.</summary>
    public const string Name = "world";

    /// <summary>What the client wrote before the job was submitted.</summary>
    public const string Key = "key", Request = "request", Client = "client";

    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public string Path => path;

    public ClusterHost Host => host;

    /// <summary>That a start of the world begins, and in which attempt of the job; written by the supervisor ahead of it.</summary>
    public static string Launched(int number) => Numbered("launched", number);

    /// <summary>Where the root of a start of the world listens; written by that root.</summary>
    public static string Endpoint(int number) => Numbered("endpoint", number);

    /// <summary>Why a root ended its world; written by that root.</summary>
    public static string Farewell(int number) => Numbered("farewell", number);

    /// <summary>How a start of the world ended; written by the supervisor.</summary>
    public static string Ended(int number) => Numbered("ended", number);

    /// <summary>The client's order to end a start of the world.</summary>
    public static string GivenUp(int number) => Numbered("given-up", number);

    /// <summary>Files in which frames travel, made by the client; see <see cref="FolderStream"/>.</summary>
    public static string Frames(int number, int attempt) => Numbered($"frames-{Text(number)}", attempt);

    /// <summary>The file in which the ranks of a node mark what they compute. A file a node: one that several wrote to would lose marks on a
    /// file system that is shared over a network.</summary>
    public string Running(int number, string node) => $"{path}/{Numbered("running", number)}-{node}";

    public async Task<HashSet<string>> ListAsync(CancellationToken cancellationToken) =>
        [.. (await host.ListAsync(path, cancellationToken).ConfigureAwait(false)).Select(file => file.Name)];

    /// <summary>Null when it is not there.</summary>
    public Task<byte[]?> ReadAsync(string name, CancellationToken cancellationToken) => host.ReadFileAsync($"{path}/{name}", cancellationToken: cancellationToken);

    public Task WriteAsync(string name, byte[] content, CancellationToken cancellationToken) => host.WriteFileAsync($"{path}/{name}", content, Private, cancellationToken);

    /// <summary>The number of the first start of the world that there was nothing of yet.</summary>
    public static int FirstNumber(HashSet<string> names)
    {
        int number = 1;
        while (names.Contains(Launched(number)) || names.Contains(Endpoint(number)) || names.Contains(Ended(number)))
            number++;
        return number;
    }

    private static string Numbered(string name, int number) => $"{name}-{Text(number)}";

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
