using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using NLog;

namespace PathosHpc;

/// <summary>One file on the file system that a job's nodes share, of which each node unpacks a folder of the program for all its ranks. Thousands of ranks that look for
/// hundreds of files each bring such a file system to its knees.</summary>
/// <param name="Folder">The folder that it holds, as the nodes would see it.</param>
/// <param name="Path">The file.</param>
/// <param name="Key">SHA-256 of the list of what it holds, which tells one build from another, and what arrived whole from what did not.</param>
/// <param name="Files">How many files it holds.</param>
/// <param name="Kibibytes">What they take, unpacked.</param>
internal sealed record ProgramArchive(string Folder, string Path, string Key, int Files, long Kibibytes)
{
    /// <summary>Name, within the archive, of the list of its files with their hashes.</summary>
    public const string List = ".pathos-files";

    /// <summary>Above this, a node's disk, which may be its memory, is no place for a program.</summary>
    private const long MostBytes = 512L << 20;

    private const int MostFiles = 20_000, BlockSize = 4096, MostArchives = 20;
    private static readonly TimeSpan PackTime = TimeSpan.FromMinutes(5);
    private static readonly Logger Log = LogManager.GetLogger("PathosHpc.Staging");

    /// <summary>Packs a folder, unless that was done before; then what nobody needs any more goes. Jobs wait in queues for weeks.</summary>
    private const string Pack = """
        w=$1 a=$2 f=$3; umask 077; mkdir -p "$w" || exit 1
        if [ -f "$a" ]; then touch "$a"; exit; fi
        t=$(mktemp -d "$w/.program-part-XXXXXX") || exit 1
        trap 'rm -rf "$t"' EXIT
        cat >"$t/$4" && cut -c 67- "$t/$4" | tr '\n' '\0' >"$t/names" || exit 1
        tar -ch --hard-dereference -f "$t/tar" -C "$t" "$4" -C "$f" --no-unquote --null -T "$t/names" && gzip -1 <"$t/tar" >"$t/gz" && mv -f "$t/gz" "$a" || exit 1
        find "$w" -mindepth 1 -maxdepth 1 -user "$(id -u)" \( -name '.program-*.tgz' -mtime +30 -o -name '.program-part-*' -mtime +1 \) -exec rm -rf {} +
        ls -t "$w"/.program-*.tgz 2>/dev/null | tail -n +$(($5 + 1)) | while read -r o; do [ ! -O "$o" ] || [ -z "$(find "$o" -mtime +0)" ] || rm -f "$o"; done
        """;

    /// <summary>Packs a folder of the program.</summary>
    /// <param name="host">The host that jobs are submitted from.</param>
    /// <param name="folder">The folder there.</param>
    /// <param name="files">What of it is the program.</param>
    /// <param name="workFolder">The folder for job folders, which the nodes share; null for the usual one.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Null when that cannot be: then the ranks start from the shared folder, and the log tells why.</returns>
    public static async Task<ProgramArchive?> MakeAsync(ClusterHost host, string folder, IReadOnlyList<StagedFile> files, string? workFolder, CancellationToken cancellationToken)
    {
        workFolder = (workFolder ?? await BatchJob.GetDefaultWorkFolderAsync(host, cancellationToken).ConfigureAwait(false)).TrimEnd('/');
        byte[] list = Encoding.UTF8.GetBytes(string.Concat(files.Select(file => $"{file.Key.TrimEnd('x')}  ./{file.Path}\n")));
        string key = Convert.ToHexStringLower(SHA256.HashData(list));
        var archive = new ProgramArchive(folder, $"{workFolder}/.program-{key[..32]}.tgz", key, files.Count, files.Sum(file => (file.Size + BlockSize - 1) / BlockSize * (BlockSize / 1024)));
        CommandResult result = await host.RunAsync(new HostCommand(["/bin/sh", "-c", Pack, "sh", workFolder, archive.Path, folder, List, MostArchives.ToString(CultureInfo.InvariantCulture)]) { StandardInput = list, Timeout = PackTime }, cancellationToken).ConfigureAwait(false);
        if (result.Succeeded)
            return archive;
        Shared(folder, result.TimedOut ? $"it could not be packed within {PackTime.TotalMinutes} minutes" : $"it could not be packed ({result.AllOutput.Trim()})");
        return null;
    }

    /// <summary>Packs this program, which the nodes see where it lies.</summary>
    /// <inheritdoc cref="MakeAsync"/>
    public static async Task<IReadOnlyList<ProgramArchive>> OfThisProgramAsync(ClusterHost host, string? workFolder, CancellationToken cancellationToken)
    {
        ApplicationImage image;
        try
        {
            image = WorkerProgram.Image();
        }
        catch (JobFailedException)
        {
            return []; // spread over several folders, none of which is its own
        }
        if (image.IsSingleFile)
            return []; // one file already
        var archives = new List<ProgramArchive>();
        try
        {
            if (Objection(image.Folder) is { } objection)
                Shared(image.Folder, objection);
            else if (await MakeAsync(host, image.Folder, StagedFile.ReadFolder(image.Folder), workFolder, cancellationToken).ConfigureAwait(false) is { } own)
                archives.Add(own);
            // Most nodes have .NET on their own disk; where it lies in somebody's home, it is most of what a rank reads.
            if (image.Executable is null && WorkerProgram.RuntimeRoot() is var root && new DriveInfo(root).DriveType == DriveType.Network
                && await MakeAsync(host, root, ApplicationStage.RuntimeFiles(image.Frameworks()), workFolder, cancellationToken).ConfigureAwait(false) is { } runtime)
                archives.Add(runtime);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Shared(image.Folder, e.Message);
        }
        return archives;
    }

    /// <summary>Why a folder had better not be copied; null when it may.</summary>
    private static string? Objection(string folder)
    {
        long size = 0;
        int count = 0;
        DateTime started = Process.GetCurrentProcess().StartTime.ToUniversalTime();
        foreach (FileInfo file in new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories))
        {
            size += file.Length;
            if (++count > MostFiles || size > MostBytes)
                return string.Create(CultureInfo.InvariantCulture, $"it has more than {MostFiles} files or {MostBytes >> 20} MiB; publish the program into a folder of its own");
            if (file.LastWriteTimeUtc > started)
                return $"{file.Name} in it was written since the program started, and may be meant for its ranks, now or later; write such files elsewhere, and name them to the ranks";
        }
        return null;
    }

    private static void Shared(string folder, string why) => Log.Warn("Ranks start from {Folder}, each for itself, and not from copies on their nodes: {Why}.", folder, why);
}
