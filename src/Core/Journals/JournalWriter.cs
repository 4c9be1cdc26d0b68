using System.Diagnostics;
using Microsoft.Win32.SafeHandles;

namespace PathosHpc;

/// <summary>Writes one segment of a journal, which begins to exist with the first record. Used by one thread at a time.</summary>
/// <remarks>What <see cref="Flush"/> has handed to the operating system outlives this process. It outlives the machine once it is on the disk,
/// where <see cref="Flush"/> has it put every <see cref="SyncEvery"/>, and <see cref="Dispose"/> at last.</remarks>
internal sealed class JournalWriter(string folder, JournalHeader header) : IDisposable
{
    /// <summary>How old what is only in the memory of this machine becomes, and what other nodes may not see yet.</summary>
    public static readonly TimeSpan SyncEvery = TimeSpan.FromSeconds(2);

    private const int BufferSize = 256 << 10;

    private readonly byte[] buffer = GC.AllocateUninitializedArray<byte>(BufferSize);
    private SafeFileHandle? file;
    private int used;
    private long written, synced, syncedAt;
    private bool isBroken;

    /// <summary>Whether there is a segment.</summary>
    public bool HasBegun => file is not null;

    /// <summary>Adds a record; it may stay in the buffer until <see cref="Flush"/>.</summary>
    /// <exception cref="JournalException">It cannot be written.</exception>
    public void Add(JournalRecordKind kind, long first, int count, params ReadOnlySpan<Payload> body)
    {
        if (file is null)
            Begin();
        AddRecord(kind, first, count, body);
    }

    /// <summary>Hands all records over to the operating system.</summary>
    /// <exception cref="JournalException">They cannot be written; those that were handed over before stay.</exception>
    public void Flush()
    {
        if (used > 0)
            Put(buffer.AsSpan(0, used));
        used = 0;
        if (written > synced && Stopwatch.GetElapsedTime(syncedAt) > SyncEvery)
            Sync();
    }

    /// <summary>Puts what was handed over on the disk, if it is due.</summary>
    public void Dispose()
    {
        if (file is null)
            return;
        try
        {
            if (!isBroken)
            {
                Flush();
                Sync();
            }
        }
        finally
        {
            file.Dispose();
            file = null;
        }
    }

    private void Begin()
    {
        int last = JournalFormat.Segments(folder) is [.., var segment] ? segment.Number : 0;
        try
        {
            file = File.OpenHandle(Path.Combine(folder, JournalFormat.SegmentName(last + 1)), FileMode.CreateNew, FileAccess.Write, FileShare.Read);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed(e);
        }
        (written, synced, syncedAt) = (0, 0, Stopwatch.GetTimestamp());
        Buffer(JournalFormat.Preamble());
        var body = new PayloadWriter();
        header.Write(body);
        AddRecord(JournalRecordKind.Header, 0, 0, [body.Detach()]);
    }

    private void AddRecord(JournalRecordKind kind, long first, int count, ReadOnlySpan<Payload> body)
    {
        uint checksum = 0;
        long length = 0;
        foreach (Payload part in body)
        {
            checksum = Crc32C.Of(part, checksum);
            length += part.Length;
        }
        Span<byte> head = stackalloc byte[JournalRecord.HeadSize];
        new JournalRecord(kind, first, count, length, checksum).Write(head);
        Buffer(head);
        foreach (Payload part in body)
        {
            foreach (ReadOnlyMemory<byte> segment in part.Segments)
                Buffer(segment.Span);
        }
    }

    private void Buffer(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > BufferSize - used)
        {
            Put(buffer.AsSpan(0, used));
            used = 0;
        }
        if (bytes.Length > BufferSize)
        {
            Put(bytes);
            return;
        }
        bytes.CopyTo(buffer.AsSpan(used));
        used += bytes.Length;
    }

    private void Put(ReadOnlySpan<byte> bytes)
    {
        try
        {
            RandomAccess.Write(file!, bytes, written);
            written += bytes.Length;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            isBroken = true;
            throw Failed(e);
        }
    }

    private void Sync()
    {
        try
        {
            RandomAccess.FlushToDisk(file!);
            (synced, syncedAt) = (written, Stopwatch.GetTimestamp());
        }
        catch (IOException e)
        {
            isBroken = true;
            throw Failed(e);
        }
    }

    private JournalException Failed(Exception e) => new(folder, $"The journal in {folder} cannot be written: {e.Message} " +
        "What it holds is kept: make room, or whatever else it needs, and start the program again.", e);
}
