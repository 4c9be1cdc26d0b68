namespace PathosHpc;

/// <summary>Reads a journal on a host while another program writes it: each record once, as soon as it is whole.</summary>
internal sealed class JournalFollower(ClusterHost host, string folder)
{
    private const int ReadAtOnce = 4 << 20;
    private readonly SortedDictionary<string, long> positions = new(StringComparer.Ordinal);

    /// <summary>The records that have come since the last call.</summary>
    /// <exception cref="JournalException">A segment is of another version, or none.</exception>
    public async IAsyncEnumerable<(JournalRecord Record, Payload Body)> ReadNewAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (HostFile file in await host.ListAsync(folder, cancellationToken).ConfigureAwait(false))
        {
            if (!file.IsFolder && JournalFormat.IsSegment(file.Name))
                positions.TryAdd(file.Name, 0);
        }
        foreach (string name in positions.Keys.ToArray())
        {
            int wanted = ReadAtOnce;
            while (true)
            {
                (long position, int asked) = (positions[name], wanted);
                byte[]? bytes = await host.ReadFileAsync($"{folder}/{name}", position, asked, cancellationToken).ConfigureAwait(false);
                if (bytes is null || bytes.Length == 0)
                    break;
                int at = 0;
                if (position == 0)
                {
                    if (!JournalFormat.Check(bytes, $"{folder}/{name}"))
                        break;
                    at = JournalFormat.PreambleSize;
                }
                long missing = 0;
                while (JournalRecord.Read(bytes.AsSpan(at)) is { } record)
                {
                    missing = record.Length + JournalRecord.HeadSize - (bytes.Length - at);
                    if (missing > 0)
                        break;
                    var body = new Payload(bytes.AsMemory(at + JournalRecord.HeadSize, (int)record.Length));
                    at += JournalRecord.HeadSize + (int)record.Length;
                    if (Crc32C.Of(body) == record.BodyChecksum)
                        yield return (record, body);
                }
                positions[name] = position + at;
                // A record may be longer than what is read at once.
                wanted = missing > 0 ? (int)Math.Min(Array.MaxLength, Math.Max(ReadAtOnce, missing + (bytes.Length - at) + JournalRecord.HeadSize)) : ReadAtOnce;
                if (bytes.Length < asked || (at == 0 && missing <= 0))
                    break;
            }
        }
    }
}
