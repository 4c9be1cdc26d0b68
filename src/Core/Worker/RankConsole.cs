using System.Text;

namespace PathosHpc;

/// <summary>A console of a rank: whole lines travel to the client. What native code prints goes the launcher's way.</summary>
internal sealed class RankConsole : TextWriter
{
    private readonly StringBuilder line = new();
    private readonly Action<string> send;

    private RankConsole(Action<string> send) => this.send = send;

    public override Encoding Encoding => Encoding.UTF8;

    /// <summary>Puts consoles in the place of this process's standard output and standard error.</summary>
    public static void Capture(int rank, Action<RankOutputLine> send)
    {
        Console.SetOut(New(rank, false, send));
        Console.SetError(New(rank, true, send));
    }

    /// <summary>A console of <paramref name="rank"/> that gives its lines to <paramref name="send"/>.</summary>
    public static RankConsole New(int rank, bool isError, Action<RankOutputLine> send) => new(text => send(new RankOutputLine(rank, text, isError)));

    public override void Write(char value) => Write(new ReadOnlySpan<char>(in value));

    public override void Write(string? value) => Write(value.AsSpan());

    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    public override void WriteLine(string? value) => Write(value + "\n");

    public override void Write(ReadOnlySpan<char> buffer)
    {
        var whole = new List<string>();
        lock (line)
        {
            for (int end; (end = buffer.IndexOf('\n')) >= 0; buffer = buffer[(end + 1)..])
            {
                whole.Add(line.Append(buffer[..end]).ToString().TrimEnd('\r'));
                line.Clear();
            }
            line.Append(buffer);
        }
        foreach (string text in whole)
            send(text);
    }

    /// <summary>Sends a line that was begun and not ended.</summary>
    public override void Flush()
    {
        string rest;
        lock (line)
        {
            rest = line.ToString();
            line.Clear();
        }
        if (rest.Length > 0)
            send(rest);
    }
}
