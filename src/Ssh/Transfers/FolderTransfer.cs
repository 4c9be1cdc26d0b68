using System.Formats.Tar;
using System.Text;

namespace PathosHpc;

/// <summary>Copies a folder as one stream of tar, goes on after a cut with the files that are missing, and shows the folder only when it is whole.</summary>
/// <remarks>tar and not sftp: a thousand small files took a third of the time (0.23 s against 0.76 s), large ones about the same, and it goes through the relay as well.</remarks>
internal sealed class FolderTransfer(SshHost host, IProgress<TransferProgress>? progress)
{
    private const int BufferSize = 1 << 18;

    /// <summary>A folder that was there keeps what else it holds; each file of it is replaced at once.</summary>
    private const string PutInPlace = """
        if [ ! -e "$2" ]; then mv -- "$1" "$2"
        else cd -- "$1" && find . -type d -exec sh -c 'for d; do [ -d "$0/$d" ] || mkdir -p -- "$0/$d" || exit 1; done' "$2" {} + \
          && find . ! -type d -exec sh -c 'for f; do mv -f -- "$f" "$0/$f" || exit 1; done' "$2" {} + && cd / && rm -rf -- "$1"
        fi
        """;

    public async Task PutAsync(string local, string target, CancellationToken cancellationToken)
    {
        IReadOnlyList<FolderEntry> entries = FolderEntry.List(local);
        string part = $"{target[..(target.LastIndexOf('/') + 1)]}.{target[(target.LastIndexOf('/') + 1)..]}.{FolderEntry.Hash(entries)}.part";
        TransferMeter meter = NewMeter(entries);
        await Retry.AfterLossAsync(async () =>
        {
            (byte[] listing, _) = await host.RepeatablyAsync("umask 077; mkdir -p -- \"$1\" && " + FolderEntry.Script, [part], cancellationToken).ConfigureAwait(false);
            List<FolderEntry> missing = FolderEntry.Missing(entries, FolderEntry.Parse(listing));
            Restart(meter, entries, missing);
            await using HostStream stream = await HostStream.StartAsync(host, "cd -- \"$1\" && exec tar -xpf - --no-same-owner", [part], cancellationToken).ConfigureAwait(false);
            await stream.WriteAsync(input => WriteArchiveAsync(local, missing, input, meter, cancellationToken)).ConfigureAwait(false);
            await stream.EndAsync(cancellationToken).ConfigureAwait(false);
            return true;
        }, cancellationToken).ConfigureAwait(false);
        string mode = OperatingSystem.IsWindows() ? "755" : Convert.ToString((int)File.GetUnixFileMode(local), 8);
        await host.RepeatablyAsync("[ -d \"$1\" ] || exit 0; chmod \"$3\" \"$1\"; " + PutInPlace, [part, target, mode], cancellationToken).ConfigureAwait(false);
    }

    public async Task GetAsync(string source, string local, CancellationToken cancellationToken)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(local));
        IReadOnlyList<FolderEntry> entries = FolderEntry.Parse((await host.RepeatablyAsync(FolderEntry.Script, [source], cancellationToken).ConfigureAwait(false)).Bytes);
        string part = Path.Combine(Path.GetDirectoryName(full)!, $".{Path.GetFileName(full)}.{FolderEntry.Hash(entries)}.part");
        TransferMeter meter = NewMeter(entries);
        await Retry.AfterLossAsync(async () =>
        {
            Directory.CreateDirectory(part);
            List<FolderEntry> missing = FolderEntry.Missing(entries, FolderEntry.List(part));
            Restart(meter, entries, missing);
            byte[] names = Encoding.UTF8.GetBytes(string.Concat(missing.Select(e => "./" + e.Path + '\0')));
            const string script = "cd -- \"$1\" && exec tar -cf - --hard-dereference --no-recursion --null -T -";
            await using HostStream stream = await HostStream.StartAsync(host, script, [source], cancellationToken).ConfigureAwait(false);
            Task write = stream.WriteAsync(input => input.WriteAsync(names, cancellationToken).AsTask());
            await ReadArchiveAsync(stream.Output, part, meter, cancellationToken).ConfigureAwait(false);
            await write.ConfigureAwait(false);
            await stream.EndAsync(cancellationToken).ConfigureAwait(false);
            return true;
        }, cancellationToken).ConfigureAwait(false);
        MoveInPlace(part, full);
    }

    private static async Task WriteArchiveAsync(string local, List<FolderEntry> entries, Stream input, TransferMeter meter, CancellationToken cancellationToken)
    {
        await using var buffered = new BufferedStream(new Unclosed(input), BufferSize);
        await using var tar = new TarWriter(buffered, TarEntryFormat.Pax, leaveOpen: true);
        foreach (FolderEntry entry in entries)
        {
            string path = Path.Combine(local, entry.Path);
            var header = new PaxTarEntry(entry.Kind switch { 'd' => TarEntryType.Directory, 'l' => TarEntryType.SymbolicLink, _ => TarEntryType.RegularFile }, "./" + entry.Path)
            {
                ModificationTime = DateTimeOffset.FromUnixTimeSeconds(entry.Seconds),
            };
            if (entry.Kind == 'l')
                header.LinkName = new FileInfo(path).LinkTarget!;
            else if (!OperatingSystem.IsWindows())
                header.Mode = File.GetUnixFileMode(path);
            await using Stream? data = entry.Kind != 'f' ? null : new MeteredStream(new FileStream(path, new FileStreamOptions { Options = FileOptions.SequentialScan, BufferSize = 0 }), meter);
            if (data is not null)
                header.DataStream = data;
            await tar.WriteEntryAsync(header, cancellationToken).ConfigureAwait(false);
            if (entry.Kind == 'f')
                meter.FileDone();
        }
    }

    private async Task ReadArchiveAsync(Stream archive, string folder, TransferMeter meter, CancellationToken cancellationToken)
    {
        await using var tar = new TarReader(archive, leaveOpen: true);
        while (await ReadEntryAsync(tar, cancellationToken).ConfigureAwait(false) is { } entry)
        {
            string path = Path.GetFullPath(Path.Combine(folder, entry.Name));
            if (!path.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal) || HasLinkAbove(folder, path))
                throw new HostFailedException(HostFailureReason.File, host.Name, $"{host.Name} sent an entry '{entry.Name}' that would lie outside of {folder}.");
            if (entry.EntryType == TarEntryType.Directory)
            {
                Directory.CreateDirectory(path);
                continue;
            }
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            if (entry.EntryType == TarEntryType.SymbolicLink)
            {
                File.Delete(path);
                File.CreateSymbolicLink(path, entry.LinkName);
                continue;
            }
            if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile))
                continue;
            await using (var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, BufferSize = 0 }))
            {
                var buffer = new byte[BufferSize];
                for (int count; entry.DataStream is { } data && (count = await data.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0; meter.Count(count))
                    await file.WriteAsync(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
            }
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(path, entry.Mode & (UnixFileMode)0b111_111_111);
            // Set last: it is what says, after a cut, that the file is whole.
            File.SetLastWriteTimeUtc(path, DateTimeOffset.FromUnixTimeSeconds(entry.ModificationTime.ToUnixTimeSeconds()).UtcDateTime);
            meter.FileDone();
        }
    }

    /// <summary>An archive that breaks off is a lost connection, of which the stream's end tells more.</summary>
    private static async Task<TarEntry?> ReadEntryAsync(TarReader tar, CancellationToken cancellationToken)
    {
        try
        {
            return await tar.GetNextEntryAsync(copyData: false, cancellationToken).ConfigureAwait(false);
        }
        catch (EndOfStreamException)
        {
            return null;
        }
    }

    private static bool HasLinkAbove(string folder, string path)
    {
        for (string? above = Path.GetDirectoryName(path); above is not null && above.Length > folder.Length; above = Path.GetDirectoryName(above))
        {
            if (new DirectoryInfo(above).LinkTarget is not null)
                return true;
        }
        return false;
    }

    private static void MoveInPlace(string part, string target)
    {
        if (!Directory.Exists(target))
        {
            Directory.Move(part, target);
            return;
        }
        foreach (FolderEntry entry in FolderEntry.List(part))
        {
            string to = Path.Combine(target, entry.Path);
            if (entry.Kind == 'd')
                Directory.CreateDirectory(to);
            else
                File.Move(Path.Combine(part, entry.Path), to, overwrite: true);
        }
        Directory.Delete(part, recursive: true);
    }

    private TransferMeter NewMeter(IReadOnlyList<FolderEntry> entries) => new(progress, entries.Sum(e => e.Size), entries.Count(e => e.Kind == 'f'));

    private static void Restart(TransferMeter meter, IReadOnlyList<FolderEntry> all, List<FolderEntry> missing) =>
        meter.Restart(all.Sum(e => e.Size) - missing.Sum(e => e.Size), all.Count(e => e.Kind == 'f') - missing.Count(e => e.Kind == 'f'));

    /// <summary>A stream that somebody else closes.</summary>
    private sealed class Unclosed(Stream inner) : AsyncStream
    {
        public override bool CanWrite => true;

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => inner.WriteAsync(buffer, cancellationToken);
    }
}
