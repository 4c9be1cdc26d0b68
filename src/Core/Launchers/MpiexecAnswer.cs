using System.Diagnostics;

namespace PathosHpc;

/// <summary>All that a program writes to one of its outputs, read by a thread; a program that writes more than an answer could be is ended.</summary>
internal sealed class MpiexecAnswer
{
    private const int Longest = 1 << 16;
    private readonly ManualResetEventSlim isWhole = new(false);
    private volatile string text = "";

    public MpiexecAnswer(Process process, StreamReader reader) =>
        new Thread(() => Read(process, reader)) { IsBackground = true, Name = "pathos mpiexec" }.Start();

    /// <summary>What it wrote, once it is whole.</summary>
    public string Text => text;

    /// <summary>Waits until it is.</summary>
    /// <returns>Whether it came within that time.</returns>
    /// <exception cref="OperationCanceledException">The wait was canceled.</exception>
    public bool Wait(int milliseconds, CancellationToken cancellationToken)
    {
        // A wait may end early: where a library pretends another time (libfaketime) it ends at once.
        for (long until = Environment.TickCount64 + milliseconds, left = milliseconds; !isWhole.Wait((int)Math.Max(0, left), cancellationToken); left = until - Environment.TickCount64)
        {
            if (left <= 0)
                return false;
        }
        return true;
    }

    private void Read(Process process, StreamReader reader)
    {
        try
        {
            var characters = new char[Longest];
            int count = reader.ReadBlock(characters, 0, Longest);
            if (count == Longest)
                process.Kill(entireProcessTree: true);
            text = new string(characters, 0, count);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // Nobody waits for the answer any more.
        }
        isWhole.Set();
    }
}
