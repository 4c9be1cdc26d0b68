using System.Formats.Tar;
using System.Text;
using NLog;

namespace PathosHpc;

/// <summary>The cache of a host, <c>~/.cache/pathos-hpc</c> there: files by the hash of their content, and folders that are made of them.</summary>
/// <remarks>Only files that are missing go over, in parts, each verified there before it counts; a folder appears when all of it is there.
/// Two clients that do so at once write the same names with the same content. What nobody used for a month goes, then the oldest above the limit of size
/// that nobody used for a week. Staging is use, and so is a program that runs (<see cref="CacheFolder.Use"/>).</remarks>
/// <param name="host">The host.</param>
/// <param name="mostDays">What was not used for so long goes.</param>
/// <param name="mostMegabytes">What there may be before older folders go.</param>
internal sealed class HostCache(StagingPlace host, int mostDays = 30, int mostMegabytes = 10_000)
{
    /// <summary>Bytes that go over at once; what has come stays when the connection is lost.</summary>
    private const long PartSize = 32 << 20;

    private static readonly TimeSpan PartTimeout = TimeSpan.FromMinutes(30);
    private static readonly Logger Log = LogManager.GetLogger("PathosHpc.Staging");

    private const string Place = "c=\"${XDG_CACHE_HOME:-$HOME/.cache}/pathos-hpc\"; umask 077; mkdir -p \"$c/files\" \"$c/folders\" || exit 1; ";

    /// <summary>Tells the cache's path, and which files are missing there.</summary>
    private const string Ask = Place + "printf '%s\\n' \"$c\"; if [ -d \"$c/folders/$1\" ]; then touch \"$c/folders/$1\"; echo have; exit 0; fi; echo missing; while read -r k s p; do [ -f \"$c/files/$k\" ] || printf '%s\\n' \"$k\"; done";

    /// <summary>Takes a part: unpacks it where nobody looks, compares every file with its name, and only then lets it count.</summary>
    private const string Take = Place + """
        t=$(mktemp -d "$c/part-XXXXXX") || exit 1
        if tar -xf - -C "$t" && cd "$t" && sha256sum -- * | { while read -r h n; do [ "$h" = "${n%x}" ] || { echo "$n arrived damaged" >&2; exit 1; }; done; }; then
          for f in *; do case $f in *x) chmod 500 "$f";; *) chmod 400 "$f";; esac; mv -f "$f" "$c/files/$f" || exit 1; done
          cd /; rm -rf "$t"
        else cd /; rm -rf "$t"; exit 1
        fi
        """;

    /// <summary>Begins a file that goes over in several parts.</summary>
    private const string Begin = Place + "mktemp \"$c/part-XXXXXX\"";

    /// <summary>Takes its next part.</summary>
    private const string Append = "cat >>\"$1\"";

    /// <summary>Compares it with its name, and only then lets it count.</summary>
    private const string Finish = Place + """
        if [ "$(sha256sum <"$1" | cut -d' ' -f1)" = "${2%x}" ]; then
          case $2 in *x) chmod 500 "$1";; *) chmod 400 "$1";; esac
          mv -f "$1" "$c/files/$2"
        else rm -f "$1"; echo "$2 arrived damaged" >&2; exit 1
        fi
        """;

    /// <summary>Makes the folder of the files, under a name of its own first.</summary>
    private const string Make = Place + """
        t=$(mktemp -d "$c/part-XXXXXX") || exit 1
        while read -r k s p; do
          case $p in */*) [ -d "$t/${p%/*}" ] || mkdir -p "$t/${p%/*}";; esac
          ln "$c/files/$k" "$t/$p" 2>/dev/null || cp -p "$c/files/$k" "$t/$p" || { rm -rf "$t"; exit 1; }
        done
        mv -T "$t" "$c/folders/$1" 2>/dev/null || { rm -rf "$t"; [ -d "$c/folders/$1" ] || exit 1; }
        touch "$c/folders/$1"
        """;

    private const string Prune = Place + """
        find "$c/folders" -mindepth 1 -maxdepth 1 -mtime +"$1" -exec rm -rf {} +
        find "$c" -mindepth 1 -maxdepth 1 -name 'part-*' -mtime +1 -exec rm -rf {} +
        while [ "$(du -sm "$c" | cut -f1)" -gt "$2" ]; do
          o=$(ls -1tr "$c/folders" | head -n 1)
          [ -n "$o" ] && [ -n "$(find "$c/folders/$o" -maxdepth 0 -mtime +6)" ] || break
          rm -rf "$c/folders/$o"
          find "$c/files" -type f -links 1 -mtime +0 -exec rm -f {} +
        done
        find "$c/files" -type f -links 1 -mtime +0 -exec rm -f {} +
        """;

    /// <summary>Brings a folder of files to the host.</summary>
    /// <returns>Its path there. It is read-only, and the same whoever brings the same files.</returns>
    /// <exception cref="HostFailedException">It cannot be brought there.</exception>
    public async Task<string> StageAsync(IReadOnlyList<StagedFile> files, CancellationToken cancellationToken)
    {
        string manifest = StagedFile.Manifest(files), name = StagedFile.Hash(manifest);
        byte[] list = Encoding.UTF8.GetBytes(manifest);
        for (int attempt = 1; ; attempt++)
        {
            string[] answer = (await RunAsync(Ask, [name], list, cancellationToken).ConfigureAwait(false)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            if (answer[1] == "have")
                return $"{answer[0]}/folders/{name}";
            HashSet<string> missing = [.. answer[2..]];
            await SendAsync([.. files.Where(f => missing.Remove(f.Key))], cancellationToken).ConfigureAwait(false);
            try
            {
                await RunAsync(Make, [name], list, cancellationToken).ConfigureAwait(false);
                await RunAsync(Prune, [mostDays.ToString(System.Globalization.CultureInfo.InvariantCulture), mostMegabytes.ToString(System.Globalization.CultureInfo.InvariantCulture)], default, cancellationToken).ConfigureAwait(false);
                return $"{answer[0]}/folders/{name}";
            }
            catch (HostFailedException) when (attempt == 1)
            {
                // Somebody cleaned the cache meanwhile.
            }
        }
    }

    private async Task SendAsync(IReadOnlyList<StagedFile> files, CancellationToken cancellationToken)
    {
        if (files.Count > 0)
            Log.Info("{Count} files of {Size} MiB go to {Host}.", files.Count, files.Sum(f => f.Size) >> 20, host.Name);
        foreach (StagedFile file in files.Where(f => f.Size > PartSize))
            await SendInPartsAsync(file, cancellationToken).ConfigureAwait(false);
        files = [.. files.Where(f => f.Size <= PartSize)];
        for (int at = 0; at < files.Count;)
        {
            using var part = new MemoryStream();
            await using (var tar = new TarWriter(part, TarEntryFormat.Pax, leaveOpen: true))
            {
                for (long size = 0; at < files.Count && (size == 0 || size + files[at].Size <= PartSize); size += files[at++].Size)
                {
                    await using FileStream content = File.OpenRead(files[at].Local);
                    await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, files[at].Key) { DataStream = content, Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite, ModificationTime = DateTimeOffset.UtcNow }, cancellationToken).ConfigureAwait(false);
                }
            }
            await RunAsync(Take, [], part.GetBuffer().AsMemory(0, (int)part.Length), cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task SendInPartsAsync(StagedFile file, CancellationToken cancellationToken)
    {
        string there = (await RunAsync(Begin, [], default, cancellationToken).ConfigureAwait(false)).Trim();
        var part = new byte[PartSize];
        await using (FileStream content = File.OpenRead(file.Local))
        {
            for (int count; (count = await content.ReadAtLeastAsync(part, part.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false)) > 0;)
                await RunAsync(Append, [there], part.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
        }
        await RunAsync(Finish, [there, file.Key], default, cancellationToken).ConfigureAwait(false);
    }

    private async Task<string> RunAsync(string script, string[] arguments, ReadOnlyMemory<byte> input, CancellationToken cancellationToken)
    {
        CommandResult result = await host.RunAsync(new HostCommand(["/bin/sh", "-c", script, "sh", .. arguments]) { StandardInput = input, Timeout = PartTimeout }, cancellationToken).ConfigureAwait(false);
        return result.Succeeded ? result.StandardOutput : throw new HostFailedException(HostFailureReason.File, host.Name,
            $"The cache of {host.Name} (~/.cache/pathos-hpc there) cannot be used: {(result.TimedOut ? $"nothing moved for {PartTimeout.TotalMinutes} minutes" : result.AllOutput.Trim())}. Look at the space and the quota there, or set XDG_CACHE_HOME there to another folder.");
    }
}
