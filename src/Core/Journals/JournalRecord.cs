using System.Runtime.InteropServices;

namespace PathosHpc;

/// <summary>The head of one record of a journal.</summary>
/// <remarks>32 bytes: kind (byte), 0 (3 bytes), count (int32), first item (int64), length of the body (int64), CRC-32C of the body,
/// CRC-32C of the 28 bytes before it. Little endian.</remarks>
internal readonly record struct JournalRecord(JournalRecordKind Kind, long First, int Count, long Length, uint BodyChecksum)
{
    public const int HeadSize = 32;

    public void Write(Span<byte> head)
    {
        head[..HeadSize].Clear();
        head[0] = (byte)Kind;
        MemoryMarshal.Write(head[4..], Count);
        MemoryMarshal.Write(head[8..], First);
        MemoryMarshal.Write(head[16..], Length);
        MemoryMarshal.Write(head[24..], BodyChecksum);
        MemoryMarshal.Write(head[28..], Crc32C.Of(head[..28]));
    }

    /// <summary>The head of a record, or null when the bytes are none: cut off, overwritten or never written.</summary>
    public static JournalRecord? Read(ReadOnlySpan<byte> head)
    {
        if (head.Length < HeadSize || head[0] == 0 || MemoryMarshal.Read<uint>(head[28..]) != Crc32C.Of(head[..28]))
            return null;
        var record = new JournalRecord((JournalRecordKind)head[0], MemoryMarshal.Read<long>(head[8..]), MemoryMarshal.Read<int>(head[4..]),
            MemoryMarshal.Read<long>(head[16..]), MemoryMarshal.Read<uint>(head[24..]));
        return record.Length < 0 || record.First < 0 || record.Count < 0 ? null : record;
    }
}
