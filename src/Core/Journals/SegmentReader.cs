using Microsoft.Win32.SafeHandles;

namespace PathosHpc;

/// <summary>Reads one segment of a journal, which may still grow.</summary>
internal sealed class SegmentReader : IDisposable
{
    /// <summary>Bytes read at once; bodies that are longer are read by themselves.</summary>
    private const int WindowSize = 128 << 10;

    private readonly SafeFileHandle file;
    private readonly byte[] window = GC.AllocateUninitializedArray<byte>(WindowSize);
    private long windowStart, knownLength;
    private int windowLength;

    public SegmentReader(string path)
    {
        Path = path;
        file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
    }

    public string Path { get; }

    /// <summary>Where the next record begins: all before it is whole.</summary>
    public long Position { get; private set; }

    /// <summary>Bytes of the file now.</summary>
    public long Length => RandomAccess.GetLength(file);

    public void Dispose() => file.Dispose();

    /// <summary>The head of the next record, when it and its body are there, and moves behind it.</summary>
    /// <param name="record">The record.</param>
    /// <param name="bodyOffset">Where its body is.</param>
    /// <exception cref="JournalException">The file is of another version, or no segment.</exception>
    public bool TryNext(out JournalRecord record, out long bodyOffset)
    {
        (record, bodyOffset) = (default, 0);
        if (Position == 0)
        {
            if (!JournalFormat.Check(Look(0, JournalFormat.PreambleSize), Path))
                return false;
            Position = JournalFormat.PreambleSize;
        }
        if (JournalRecord.Read(Look(Position, JournalRecord.HeadSize)) is not { } next || !Reaches(Position + JournalRecord.HeadSize + next.Length))
            return false;
        (record, bodyOffset) = (next, Position + JournalRecord.HeadSize);
        Position = bodyOffset + next.Length;
        return true;
    }

    /// <summary>The body of a record, or null when its bytes are not those that were written.</summary>
    public Payload? ReadBody(long offset, long length, uint checksum)
    {
        Payload body = Read(offset, length);
        return body.Length == length && Crc32C.Of(body) == checksum ? body : null;
    }

    /// <summary>Moves back ahead of a record that proved to be damaged.</summary>
    public void MoveBack(long position) => (Position, windowLength) = (position, 0);

    /// <summary>Whether the file is so long; it is asked only when it was not when it was last asked.</summary>
    private bool Reaches(long end)
    {
        if (end > knownLength)
            knownLength = Length;
        return end <= knownLength;
    }

    private Payload Read(long offset, long length)
    {
        if (length <= WindowSize)
            return new Payload(Look(offset, (int)length).ToArray());
        var segments = new List<ReadOnlyMemory<byte>>();
        while (length > 0)
        {
            byte[] bytes = GC.AllocateUninitializedArray<byte>((int)Math.Min(length, Payload.MaxSegment));
            int count = ReadFully(bytes, offset);
            segments.Add(bytes.AsMemory(0, count));
            if (count < bytes.Length)
                break;
            (offset, length) = (offset + count, length - count);
        }
        return new Payload([.. segments]);
    }

    /// <summary>At most <paramref name="count"/> bytes from <paramref name="offset"/>, as many as there are.</summary>
    private ReadOnlySpan<byte> Look(long offset, int count)
    {
        if (offset < windowStart || offset + count > windowStart + windowLength)
            (windowStart, windowLength) = (offset, ReadFully(window, offset));
        return window.AsSpan((int)(offset - windowStart), Math.Min(count, windowLength - (int)(offset - windowStart)));
    }

    private int ReadFully(Span<byte> into, long offset)
    {
        int count = 0;
        for (int read; count < into.Length && (read = RandomAccess.Read(file, into[count..], offset + count)) > 0;)
            count += read;
        return count;
    }
}
