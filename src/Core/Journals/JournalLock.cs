using System.Globalization;

namespace PathosHpc;

/// <summary>The right to write a journal. The operating system takes it back when the process ends, however it ends.</summary>
internal sealed class JournalLock : IDisposable
{
    private const int LookMilliseconds = 200;

    private readonly FileStream file;

    private JournalLock(FileStream file) => this.file = file;

    /// <exception cref="JournalException">Another program has it, or the folder cannot be written.</exception>
    public static JournalLock Take(string folder)
    {
        string writer = Path.Combine(folder, JournalFormat.WriterName);
        try
        {
            Directory.CreateDirectory(folder);
            var file = new FileStream(Path.Combine(folder, JournalFormat.LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            TrySign(writer);
            return new JournalLock(file);
        }
        catch (IOException e) when (IsLocked(e))
        {
            throw new JournalException(folder, $"Another program is writing the journal in {folder}{Who(writer)}. Wait until it has ended, or choose another folder.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new JournalException(folder, $"The journal in {folder} cannot be written: {e.Message} Choose a folder that this user may write.", e);
        }
    }

    /// <summary>Waits until nobody has it, for so long at most.</summary>
    public static async Task AwaitAsync(string folder, TimeSpan limit)
    {
        for (long until = Environment.TickCount64 + (long)limit.TotalMilliseconds; Environment.TickCount64 < until; await Task.Delay(LookMilliseconds).ConfigureAwait(false))
        {
            try
            {
                using var file = new FileStream(Path.Combine(folder, JournalFormat.LockName), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
                return;
            }
            catch (IOException e) when (IsLocked(e))
            {
                // Somebody has it still.
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return; // which whoever takes it finds too, and says
            }
        }
    }

    public void Dispose() => file.Dispose();

    /// <summary>Who has it is told to others as far as it can be written.</summary>
    private static void TrySign(string writer)
    {
        try
        {
            File.WriteAllText(writer, string.Create(CultureInfo.InvariantCulture, $"process {Environment.ProcessId} on {Environment.MachineName}, since {DateTimeOffset.Now:yyyy-MM-dd HH:mm:ss zzz}"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A full disk: the journal itself says so as soon as there is something to write.
        }
    }

    /// <summary>Whether the file could not be opened since another has it: EAGAIN of Linux and of macOS, a sharing violation of Windows.</summary>
    private static bool IsLocked(IOException exception) => exception.HResult is 11 or 35 or unchecked((int)0x80070020);

    private static string Who(string writer)
    {
        try
        {
            return File.ReadAllText(writer) is { Length: > 0 } text ? $" ({text})" : "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
