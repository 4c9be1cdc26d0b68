using System.Globalization;
using System.Text;

namespace PathosHpc;

/// <summary>Words for bash, such that any text arrives as it is.</summary>
internal static class ShellText
{
    /// <summary>One word: bare where every character is harmless, in single quotes where none is a control character,
    /// else as <c>$'...'</c>, which keeps scripts free of stray line ends.</summary>
    internal static string Quote(string word)
    {
        if (word.Contains('\0', StringComparison.Ordinal))
            throw new ArgumentException("A word for the shell holds a NUL character, which no program can be given. Remove it.", nameof(word));
        if (word.Length > 0 && word.All(IsHarmless)) return word;
        return word.Any(char.IsControl) ? Escape(word) : "'" + word.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
    }

    /// <summary>A command line of quoted words. A first word with an equals sign is quoted, so that it is no assignment.</summary>
    internal static string Join(IEnumerable<string> words) =>
        string.Join(' ', words.Select((word, i) => i == 0 && word.Contains('=', StringComparison.Ordinal) ? "'" + word.Replace("'", "'\\''", StringComparison.Ordinal) + "'" : Quote(word)));

    private static bool IsHarmless(char c) => char.IsAsciiLetterOrDigit(c) || "_-./=:,+@%".Contains(c, StringComparison.Ordinal);

    private static string Escape(string word)
    {
        var text = new StringBuilder("$'");
        foreach (var c in word)
        {
            _ = c switch
            {
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                '\\' => text.Append("\\\\"),
                '\'' => text.Append("\\'"),
                < ' ' or '\x7f' => text.Append(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}"),
                _ => text.Append(c),
            };
        }
        return text.Append('\'').ToString();
    }
}
