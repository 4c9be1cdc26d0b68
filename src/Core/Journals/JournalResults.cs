using System.Runtime.InteropServices;

namespace PathosHpc;

/// <summary>The body of a record of results: the digest of each item (uint64), then the results as a block of the protocol.</summary>
internal static class JournalResults
{
    /// <summary>Adds results and the digests of their items.</summary>
    public static void Add(JournalWriter writer, ReadOnlySpan<ulong> digests, EncodedBlock results, PayloadWriter scratch)
    {
        scratch.Clear();
        scratch.WriteBytes(MemoryMarshal.AsBytes(digests));
        results.WriteHeader(scratch);
        Payload head = scratch.Length <= 1 << 20 ? new Payload(scratch.WrittenMemory) : scratch.Detach();
        writer.Add(JournalRecordKind.Results, results.First, results.Count, head, results.Values);
    }

    /// <exception cref="MalformedPayloadException">The body contradicts its head.</exception>
    public static (ulong[] Digests, EncodedBlock Results) Read(PayloadReader reader, long first, int count)
    {
        if (reader.Remaining / sizeof(ulong) < count)
            throw new MalformedPayloadException($"A record of the results of {count} items has {reader.Remaining} bytes.");
        var digests = new ulong[count];
        reader.ReadBytes(MemoryMarshal.AsBytes(digests.AsSpan()));
        EncodedBlock results = EncodedBlock.Read(reader);
        return results.First == first && results.Count == count ? (digests, results)
            : throw new MalformedPayloadException($"A record of items {first} to {first + count - 1} holds results of items {results.First} to {results.End - 1}.");
    }
}
