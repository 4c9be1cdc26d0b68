using NLog;

namespace PathosHpc;

/// <summary>Which items a journal has results of, and where. Bodies stay on the disk until they are asked for.</summary>
internal sealed class JournalIndex : IDisposable
{
    private const int OpenAtOnce = 32;
    private static readonly Logger Log = LogManager.GetLogger("PathosHpc.Journal");
    private readonly List<JournalEntry> entries = [];
    private readonly List<string> paths = [];
    private readonly Dictionary<int, SegmentReader> open = [];
    private int cursor;

    private JournalIndex() { }

    /// <summary>The header of the newest segment; null when the journal holds nothing.</summary>
    public JournalHeader? Header { get; private set; }

    /// <summary>Items that it has results of.</summary>
    public long Count { get; private set; }

    /// <summary>Results in all records: more than <see cref="Count"/> only when an item was computed again since its record was damaged.</summary>
    public long Recorded { get; private set; }

    /// <summary>How many items the map had; null when no run has learnt it.</summary>
    public long? Total { get; private set; }

    /// <summary>Whether a run has come to its end.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Index behind the last item that it has the result of.</summary>
    public long End => entries.Count == 0 ? 0 : entries[^1].End;

    /// <summary>Reads all there is.</summary>
    /// <param name="folder">The journal.</param>
    /// <param name="repair">Whether torn tails are cut off: only for who holds the lock.</param>
    /// <exception cref="JournalException">A segment cannot be read.</exception>
    public static JournalIndex Read(string folder, bool repair)
    {
        var index = new JournalIndex();
        try
        {
            foreach ((_, string path) in JournalFormat.Segments(folder))
                index.ReadSegment(path, repair);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or MalformedPayloadException)
        {
            index.Dispose();
            throw new JournalException(folder, $"The journal in {folder} cannot be read: {e.Message}", e);
        }
        index.Sort();
        return index;
    }

    public void Dispose()
    {
        foreach (SegmentReader reader in open.Values)
            reader.Dispose();
        open.Clear();
    }

    /// <summary>Items below <paramref name="end"/> that it has results of.</summary>
    public long CountBelow(long end)
    {
        long count = 0;
        foreach (JournalEntry entry in entries)
            count += Math.Clamp(end - entry.First, 0, entry.Count);
        return count;
    }

    /// <summary>The entry that holds item <paramref name="index"/>. Quick when items are asked for in order.</summary>
    public JournalEntry? Find(long index)
    {
        if (cursor > 0 && entries[cursor - 1].End > index)
            cursor = 0;
        if (cursor < entries.Count && entries[cursor].End <= index)
        {
            cursor++;
            if (cursor < entries.Count && entries[cursor].End <= index)
                cursor = Search(index);
        }
        return cursor < entries.Count && entries[cursor].First <= index ? entries[cursor] : null;
    }

    /// <summary>The digests of the items of an entry's record, and their results; null when its bytes are not those that were written.</summary>
    public (ulong[] Digests, EncodedBlock Results)? Load(JournalEntry entry)
    {
        Payload? body = ReaderOf(entry.Segment).ReadBody(entry.BodyOffset, entry.BodyLength, entry.Checksum);
        if (body is null)
        {
            Log.Warn("The journal's {Path} is damaged at byte {Offset}: items {First} to {Last} are computed again.", paths[entry.Segment], entry.BodyOffset, entry.First, entry.End - 1);
            return null;
        }
        return JournalResults.Read(new PayloadReader(body), entry.RecordFirst, entry.RecordCount);
    }

    /// <summary>The first entry that ends behind <paramref name="index"/>.</summary>
    private int Search(long index)
    {
        int low = 0, high = entries.Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (entries[middle].End <= index)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }

    private void ReadSegment(string path, bool repair)
    {
        int number = paths.Count;
        var reader = new SegmentReader(path);
        bool isEmpty = true;
        try
        {
            while (reader.TryNext(out JournalRecord record, out long body))
            {
                if (record.Kind == JournalRecordKind.Header)
                {
                    if (reader.ReadBody(body, record.Length, record.BodyChecksum) is not { } header)
                    {
                        reader.MoveBack(body - JournalRecord.HeadSize);
                        break;
                    }
                    Header = JournalHeader.Read(new PayloadReader(header));
                }
                else if (record.Kind == JournalRecordKind.Results && record.Count > 0 && record.First <= long.MaxValue - record.Count)
                {
                    entries.Add(new JournalEntry(record.First, record.Count, number, record.First, record.Count, body, record.Length, record.BodyChecksum));
                    Recorded += record.Count;
                }
                else if (record.Kind == JournalRecordKind.Total)
                    Total = record.First;
                HasEnded |= record.Kind == JournalRecordKind.Ended;
                isEmpty &= record.Kind == JournalRecordKind.Header;
            }
            if (repair)
                CutOff(reader, isEmpty);
        }
        finally
        {
            reader.Dispose();
        }
        paths.Add(path);
    }

    /// <summary>Cuts off what is behind the last whole record: its writer died there.</summary>
    private static void CutOff(SegmentReader reader, bool isEmpty)
    {
        long torn = reader.Length - reader.Position;
        if (isEmpty && reader.Position <= JournalFormat.PreambleSize)
        {
            File.Delete(reader.Path);
        }
        else if (torn > 0)
        {
            Log.Info("{Bytes} bytes of a record that was not finished are cut off from the end of {Path}.", torn, reader.Path);
            using var file = new FileStream(reader.Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            file.SetLength(reader.Position);
        }
    }

    private void Sort()
    {
        bool isSorted = true;
        for (int i = 1; i < entries.Count && isSorted; i++)
            isSorted = entries[i].First >= entries[i - 1].End;
        if (!isSorted)
        {
            entries.Sort((a, b) => a.First.CompareTo(b.First));
            for (int i = 1; i < entries.Count; i++)
            {
                if (entries[i].First < entries[i - 1].End)
                {
                    KeepLatest();
                    break;
                }
            }
        }
        Count = entries.Sum(entry => (long)entry.Count);
    }

    /// <summary>Where several records hold an item, the last one counts: an earlier one proved to be damaged.</summary>
    private void KeepLatest()
    {
        var pieces = new PriorityQueue<JournalEntry, long>(entries.Select(entry => (entry, entry.First)));
        entries.Clear();
        while (pieces.TryDequeue(out JournalEntry piece, out _))
        {
            JournalEntry last = entries.Count > 0 ? entries[^1] : default;
            if (last.End <= piece.First)
            {
                entries.Add(piece);
            }
            else if ((piece.Segment, piece.BodyOffset).CompareTo((last.Segment, last.BodyOffset)) > 0)
            {
                entries.RemoveAt(entries.Count - 1);
                if (last.First < piece.First)
                    entries.Add(last.Part(last.First, piece.First));
                if (last.End > piece.End)
                    pieces.Enqueue(last.Part(piece.End, last.End), piece.End);
                entries.Add(piece);
            }
            else if (piece.End > last.End)
            {
                pieces.Enqueue(piece.Part(last.End, piece.End), last.End);
            }
        }
    }

    private SegmentReader ReaderOf(int segment)
    {
        if (open.TryGetValue(segment, out SegmentReader? reader))
            return reader;
        if (open.Count == OpenAtOnce)
            Dispose();
        return open[segment] = new SegmentReader(paths[segment]);
    }
}
