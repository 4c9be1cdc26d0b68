using System.Globalization;
using System.Security.Cryptography;

namespace PathosHpc;

/// <summary>Copies one file, goes on after a cut where it stood, and shows it under its name only when it is whole.</summary>
/// <remarks>What is not whole yet lies beside it, under a name that tells which content it will have; only another attempt with the same
/// content goes on with it, and then the whole is compared by its hash.</remarks>
internal sealed class FileTransfer(SshHost host, IProgress<TransferProgress>? progress)
{
    private const int BufferSize = 1 << 18;

    /// <summary>What an earlier attempt left is gone on with once nobody has written to it for a minute: it might be another client's that is just at it.</summary>
    private const string FindPart = """
        [ ! -d "$2" ] || { echo "$2: is a folder" >&2; exit 1; }
        [ -e "$1" ] || find "$(dirname "$1")" -maxdepth 1 -name "$3" -mmin +1 2>/dev/null | head -n 1 | while IFS= read -r p; do mv -- "$p" "$1"; done
        wc -c <"$1" 2>/dev/null || echo 0
        """;

    public async Task PutAsync(string local, string target, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(local, new FileStreamOptions { Options = FileOptions.SequentialScan, BufferSize = 0 });
        string hash = Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellationToken).ConfigureAwait(false));
        long length = file.Length;
        string mode = OperatingSystem.IsWindows() ? "644" : Convert.ToString((int)File.GetUnixFileMode(file.SafeFileHandle), 8);
        string part = $"{Folder(target)}.{Name(target)}.{hash[..16]}.{Guid.NewGuid().ToString("N")[..8]}.part";
        var meter = new TransferMeter(progress, length, 1);
        await Retry.AfterLossAsync(async () =>
        {
            long there = Number(await host.RepeatablyAsync(FindPart, [part, target, $".*.{hash[..16]}.????????.part"], cancellationToken).ConfigureAwait(false));
            if (there > length)
                there = 0;
            meter.Restart(there, 0);
            string script = "umask 077; if [ \"$2\" = 0 ]; then cat >\"$1\"; else cat >>\"$1\"; fi && [ \"$(wc -c <\"$1\")\" -eq \"$3\" ] || { echo \"$1: not all of it arrived\" >&2; exit 1; }" +
                "; if [ \"$2\" != 0 ]; then set -- \"$@\" \"$(sha256sum <\"$1\" | cut -d' ' -f1)\"; if [ \"$7\" != \"$6\" ]; then rm -f \"$1\"; echo \"$1: another hash than was sent\" >&2; exit 1; fi; fi" +
                "; chmod \"$4\" \"$1\" && mv -f \"$1\" \"$5\"";
            await using HostStream stream = await HostStream.StartAsync(host, script, [part, Text(there), Text(length), mode, target, hash], cancellationToken).ConfigureAwait(false);
            await stream.WriteAsync(async input =>
            {
                file.Position = there;
                await new MeteredStream(file, meter).CopyToAsync(input, BufferSize, cancellationToken).ConfigureAwait(false);
            }).ConfigureAwait(false);
            await stream.EndAsync(cancellationToken).ConfigureAwait(false);
            return true;
        }, cancellationToken).ConfigureAwait(false);
        meter.FileDone();
    }

    /// <param name="source">The file over there.</param>
    /// <param name="local">Where it goes.</param>
    /// <param name="length">Its length, as it was seen.</param>
    /// <param name="stamp">What tells it from another content: its time of writing.</param>
    /// <param name="mode">Its mode.</param>
    /// <param name="cancellationToken">Ends the copy; what has come stays for the next attempt.</param>
    public async Task GetAsync(string source, string local, long length, string stamp, UnixFileMode mode, CancellationToken cancellationToken)
    {
        string full = Path.GetFullPath(local);
        string part = Path.Combine(Path.GetDirectoryName(full)!, $".{Path.GetFileName(full)}.{length}-{stamp.Replace('.', '-')}.part");
        var meter = new TransferMeter(progress, length, 1);
        bool resumed = false;
        await Retry.AfterLossAsync(async () =>
        {
            await using (var file = new FileStream(part, new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.Write, BufferSize = 0 }))
            {
                if (file.Length > length)
                    file.SetLength(0);
                long here = file.Seek(0, SeekOrigin.End);
                resumed |= here > 0;
                meter.Restart(here, 0);
                await using HostStream stream = await HostStream.StartAsync(host, "exec tail -c \"$2\" -- \"$1\"", [source, "+" + Text(here + 1)], cancellationToken).ConfigureAwait(false);
                await stream.Input.DisposeAsync().ConfigureAwait(false);
                var buffer = new byte[BufferSize];
                for (int count; (count = await stream.Output.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0; meter.Count(count))
                    await file.WriteAsync(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
                await stream.EndAsync(cancellationToken).ConfigureAwait(false);
            }
            return true;
        }, cancellationToken).ConfigureAwait(false);
        long got = new FileInfo(part).Length;
        if (got != length || (resumed && !await IsSameAsync(source, part, cancellationToken).ConfigureAwait(false)))
        {
            File.Delete(part);
            throw new HostFailedException(HostFailureReason.File, host.Name, $"{source} on {host.Name} was changed while it was copied ({length} bytes at first, {got} came). Copy it again when nobody writes to it.");
        }
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(part, mode);
        File.Move(part, full, overwrite: true);
        meter.FileDone();
    }

    private async Task<bool> IsSameAsync(string source, string part, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(part, FileMode.Open, FileAccess.Read);
        string here = Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellationToken).ConfigureAwait(false));
        string there = (await host.RepeatablyAsync("sha256sum <\"$1\" | cut -d' ' -f1", [source], cancellationToken).ConfigureAwait(false)).Text.Trim();
        return here == there;
    }

    private static string Folder(string path) => path[..(path.LastIndexOf('/') + 1)];

    private static string Name(string path) => path[(path.LastIndexOf('/') + 1)..];

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static long Number((byte[] Bytes, string Text) answer) => long.Parse(answer.Text.Trim(), CultureInfo.InvariantCulture);
}
