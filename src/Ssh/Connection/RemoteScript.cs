using System.Text;

namespace PathosHpc;

/// <summary>What runs over there, such that any byte of it arrives as it is, whatever the login shell.</summary>
internal static class RemoteScript
{
    /// <summary>The only text that a login shell ever reads: the same in sh, bash, zsh, csh and fish. Everything else comes as the first line of the input.</summary>
    /// <remarks><c>read</c> takes a pipe's bytes one by one, so that what follows the line is left for the command.</remarks>
    public const string Bootstrap = "exec /bin/sh -c 'IFS= read -r l; eval \"$(printf %b \"$l\")\"'";

    /// <summary>A script as the one line that <see cref="Bootstrap"/> reads.</summary>
    public static byte[] Line(string script)
    {
        var line = new StringBuilder();
        foreach (byte b in Encoding.UTF8.GetBytes(script))
        {
            if (b is >= 0x20 and < 0x7f and not (byte)'\\')
                line.Append((char)b);
            else
                line.Append("\\0").Append((char)('0' + (b >> 6))).Append((char)('0' + ((b >> 3) & 7))).Append((char)('0' + (b & 7)));
        }
        return Encoding.ASCII.GetBytes(line.Append('\n').ToString());
    }

    /// <summary>One word of sh.</summary>
    public static string Quote(string word)
    {
        if (word.Contains('\0', StringComparison.Ordinal))
            throw new ArgumentException("A word of a command holds a NUL character, which no program can be given. Remove it.", nameof(word));
        return "'" + word.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
    }

    /// <summary>What has to be done before the command: its folder and variables.</summary>
    public static string Prologue(HostCommand command)
    {
        var text = new StringBuilder();
        if (command.HiddenVariables.Count > 0)
        {
            text.Append("for v in $(env | sed -n 's/^\\([A-Za-z_][A-Za-z0-9_]*\\)=.*/\\1/p'); do case $v in ");
            if (command.KeptVariables.Count > 0)
                text.Append(string.Join('|', command.KeptVariables.Select(Name))).Append(") ;; ");
            text.Append(string.Join('|', command.HiddenVariables.Select(Pattern))).Append(") unset \"$v\";; esac; done\n");
        }
        foreach ((string name, string value) in command.Variables)
            text.Append("export ").Append(Name(name)).Append('=').Append(Quote(value)).Append('\n');
        if (command.WorkingFolder is { } folder)
            text.Append("cd -- ").Append(Quote(folder)).Append(" || exit 127\n");
        return text.ToString();
    }

    /// <summary>A session's whole script: marks where the start files' noise ends and tells its process, runs the command, tells its end.</summary>
    public static string Session(string mark, HostCommand command) =>
        $"printf '\\n%s %s\\n' {mark} $$; printf '\\n%s\\n' {mark} >&2\n(\n{Prologue(command)}set -- {Words(command)}\nexec \"$@\"\n)\nprintf '\\n%s=%s\\n' {mark} $? >&2; :";

    /// <summary>The arguments with which the relay runs a command.</summary>
    public static IEnumerable<string> Relayed(HostCommand command)
    {
        string prologue = Prologue(command);
        return ["/bin/sh", "-c", prologue + "exec \"$@\"", "sh", .. command.Arguments];
    }

    /// <summary>The script of a connection's first session: the relay, or where there is no perl just something that holds it open.</summary>
    public static string Relay(string mark, string program) =>
        $"if command -v perl >/dev/null 2>&1; then printf '\\n%s relay\\n' {mark}; exec perl -e {Quote(program)}; else printf '\\n%s held\\n' {mark}; exec cat >/dev/null; fi; :";

    private static string Words(HostCommand command) => string.Join(' ', command.Arguments.Select(Quote));

    private static string Pattern(string pattern) => pattern == "*" ? pattern : pattern.EndsWith('*') ? Name(pattern[..^1]) + "*" : Name(pattern);

    private static string Name(string name) => name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') && !char.IsAsciiDigit(name[0])
        ? name : throw new ArgumentException($"'{name}' cannot be a variable of a command on a host: letters, digits and '_' make its name.", nameof(name));
}
