using System.Globalization;
using System.Text;

namespace PathosHpc;

public sealed partial class SshHost
{
    /// <summary>The exit code with which our scripts say that there is no such file.</summary>
    private const int NotThere = 44;

    /// <summary>The exit code with which they say that the user may not write where they have to, after who that is and where.</summary>
    private const int Denied = 45;

    /// <summary>Asked after a failure, with the path that was to be made: a look beforehand would cost every call.</summary>
    private const string TellDenied = "denied() { p=$1; while [ ! -e \"$p\" ]; do n=${p%/*}; [ \"$n\" != \"$p\" ] || n=.; p=${n:-/}; done; [ -w \"$p\" ] || { u=$(id -un 2>/dev/null) || u=$LOGNAME; printf '%s\\n%s' \"$u\" \"$p\"; exit 45; }; }\n";

    /// <summary>Longest time of one of the short scripts below, however slow a file system over there.</summary>
    private static readonly TimeSpan FileTimeout = TimeSpan.FromMinutes(2);

    /// <inheritdoc/>
    /// <exception cref="HostFailedException">The host cannot be reached, or the file not be written.</exception>
    public override async Task WriteFileAsync(string path, ReadOnlyMemory<byte> content, UnixFileMode mode, CancellationToken cancellationToken = default) => await RepeatablyAsync(
        TellDenied + "t=\"$1.$$\"; umask 077; if cat >\"$t\" && [ \"$(wc -c <\"$t\")\" -eq \"$3\" ] && chmod \"$2\" \"$t\" && mv -f \"$t\" \"$1\"; then :; else rm -f \"$t\"; denied \"$t\"; exit 1; fi",
        [path, Octal(mode), content.Length.ToString(CultureInfo.InvariantCulture)], cancellationToken, content).ConfigureAwait(false);

    /// <inheritdoc/>
    /// <exception cref="HostFailedException">The host cannot be reached, or the file not be read.</exception>
    public override async Task<byte[]?> ReadFileAsync(string path, long offset = 0, int maxBytes = int.MaxValue, CancellationToken cancellationToken = default)
    {
        string from = offset >= 0 ? "+" + (offset + 1).ToString(CultureInfo.InvariantCulture) : (-offset).ToString(CultureInfo.InvariantCulture);
        string script = "[ -e \"$1\" ] || exit 44; [ -r \"$1\" ] && [ ! -d \"$1\" ] || { cat \"$1\" >/dev/null; exit 1; }; tail -c \"$2\" \"$1\" | head -c \"$3\"";
        (int code, byte[] bytes) = await TryRepeatablyAsync(script, [path, from, maxBytes.ToString(CultureInfo.InvariantCulture)], cancellationToken).ConfigureAwait(false);
        return code == NotThere ? null : bytes;
    }

    /// <inheritdoc/>
    /// <exception cref="HostFailedException">The host cannot be reached, or the folder not be read.</exception>
    public override async Task<IReadOnlyList<HostFile>> ListAsync(string folder, CancellationToken cancellationToken = default)
    {
        string script = "cd -- \"$1\" 2>/dev/null || { [ -d \"$1\" ] && cd -- \"$1\"; exit 44; }; find -L . -mindepth 1 -maxdepth 1 -printf '%y %s %f\\0' 2>/dev/null; :";
        (int code, byte[] bytes) = await TryRepeatablyAsync(script, [folder], cancellationToken).ConfigureAwait(false);
        if (code == NotThere)
            return [];
        return [.. Encoding.UTF8.GetString(bytes).Split('\0', StringSplitOptions.RemoveEmptyEntries).Select(entry =>
        {
            string[] parts = entry.Split(' ', 3);
            return new HostFile(parts[2], parts[0] == "d", parts[0] == "d" ? 0 : long.Parse(parts[1], CultureInfo.InvariantCulture));
        })];
    }

    /// <inheritdoc/>
    /// <exception cref="HostFailedException">The host cannot be reached, or the folder not be made.</exception>
    public override Task CreateFolderAsync(string folder, UnixFileMode mode, CancellationToken cancellationToken = default) => MakeFolderAsync("mkdir -p", folder, mode, cancellationToken);

    /// <inheritdoc/>
    /// <exception cref="HostFailedException">The host cannot be reached, or the folder not be made.</exception>
    internal override Task CreateFolderWithinAsync(string folder, UnixFileMode mode, CancellationToken cancellationToken = default) => MakeFolderAsync("mkdir", folder, mode, cancellationToken);

    /// <inheritdoc/>
    /// <exception cref="HostFailedException">The host cannot be reached, or the file not be removed.</exception>
    public override async Task DeleteAsync(string path, CancellationToken cancellationToken = default) =>
        await RepeatablyAsync("rm -rf -- \"$1\"", [path], cancellationToken).ConfigureAwait(false);

    /// <summary>Runs a script that may be run again when the connection was lost meanwhile.</summary>
    /// <exception cref="HostFailedException">The host cannot be reached, or the script failed.</exception>
    internal async Task<(byte[] Bytes, string Text)> RepeatablyAsync(string script, IReadOnlyList<string> arguments, CancellationToken cancellationToken, ReadOnlyMemory<byte>? input = null)
    {
        (int _, byte[] bytes) = await TryRepeatablyAsync(script, arguments, cancellationToken, input).ConfigureAwait(false);
        return (bytes, Encoding.UTF8.GetString(bytes));
    }

    internal async Task<(int Code, byte[] Bytes)> TryRepeatablyAsync(string script, IReadOnlyList<string> arguments, CancellationToken cancellationToken, ReadOnlyMemory<byte>? input = null)
    {
        var command = new HostCommand(["/bin/sh", "-c", script, "sh", .. arguments]) { StandardInput = input, Timeout = FileTimeout };
        for (bool isSecond = false; ; isSecond = true)
        {
            using var output = new MemoryStream();
            using var error = new MemoryStream();
            try
            {
                (int code, bool timedOut) = await RunAsync(command, output, error, cancellationToken).ConfigureAwait(false);
                if (timedOut)
                    throw new HostFailedException(HostFailureReason.File, Name, $"A file operation on {Name} did not end within {FileTimeout.TotalSeconds} s ({string.Join(' ', arguments)}). Its file system may hang.");
                if (code == Denied && Text(output).Split('\n', 2) is [var user, var place])
                    throw new HostFailedException(HostFailureReason.File, Name, $"{user} may not write to '{place}' on {Name}, where '{arguments[0]}' has to be. Choose a folder that {user} may write to (WorkFolder, if it is that of jobs), or have this one opened to {user}.");
                if (code is not (0 or NotThere))
                    throw new HostFailedException(HostFailureReason.File, Name, $"{Name}: {Text(error).Trim()}{(error.Length == 0 ? $"exit code {code} for {string.Join(' ', arguments)}" : "")}");
                return (code, output.ToArray());
            }
            catch (HostFailedException e) when (e.Reason == HostFailureReason.Lost && !isSecond)
            {
                // Once more over a new connection.
            }
        }
    }

    private Task MakeFolderAsync(string make, string folder, UnixFileMode mode, CancellationToken cancellationToken) =>
        RepeatablyAsync(TellDenied + $"[ -d \"$1\" ] || {{ umask 022; {make} -- \"$1\" && chmod \"$2\" \"$1\"; }} || {{ denied \"$1\"; exit 1; }}", [folder, Octal(mode)], cancellationToken);

    private static string Octal(UnixFileMode mode) => Convert.ToString((int)mode, 8);
}
