using System.Globalization;

namespace PathosHpc;

/// <summary>A map as it lies in a job folder, to be computed without its client.</summary>
/// <remarks>The function's file: "PATHOSMJ", version (uint16), least version that the writer reads (uint16), time before the walltime at which it drains, walltime or
/// 0 (both int64, in ticks of 100 ns), most items in flight or 0 (int32), the options of the protocol, the function. The items' file: for each block its length (int64) and the block.</remarks>
internal sealed record MapPayload
{
    private const ushort Version = 1, LeastVersion = 1;
    private const int BlockBytes = 1 << 20;

    private static ReadOnlySpan<byte> Magic => "PATHOSMJ"u8;

    public required MapHeader Header { get; init; }

    public int? MaxInFlight { get; init; }

    public TimeSpan DrainBefore { get; init; }

    public TimeSpan? Walltime { get; init; }

    /// <summary>The function as it travels.</summary>
    public required Payload Function { get; init; }

    public byte[] ToBytes()
    {
        var writer = new PayloadWriter();
        writer.WriteBytes(Magic);
        writer.WriteUInt16(Version);
        writer.WriteUInt16(LeastVersion);
        writer.WriteInt64(DrainBefore.Ticks);
        writer.WriteInt64(Walltime?.Ticks ?? 0);
        writer.WriteInt32(MaxInFlight ?? 0);
        Header.Write(writer);
        writer.WriteBytes(Function);
        return writer.Detach().ToArray();
    }

    /// <exception cref="MalformedPayloadException">The bytes are of another version, or nothing of the kind.</exception>
    public static MapPayload Read(byte[] bytes)
    {
        if (!bytes.AsSpan().StartsWith(Magic) || bytes.Length < 32)
            throw new MalformedPayloadException("The function's file in the job folder is damaged.");
        var reader = new PayloadReader(new Payload(bytes));
        reader.Seek(Magic.Length);
        ushort version = reader.ReadUInt16(), least = reader.ReadUInt16();
        if (least > Version || version < LeastVersion)
            throw new MalformedPayloadException($"The map was submitted in version {version} of its format, to be read by version {least} and later; this library reads versions {LeastVersion} to {Version}.");
        var drain = new TimeSpan(reader.ReadInt64());
        long walltime = reader.ReadInt64();
        int inFlight = reader.ReadInt32();
        return new MapPayload
        {
            DrainBefore = drain,
            Walltime = walltime > 0 ? new TimeSpan(walltime) : null,
            MaxInFlight = inFlight > 0 ? inFlight : null,
            Header = MapHeader.Read(reader),
            Function = reader.ReadPayload(reader.Remaining),
        };
    }

    /// <summary>The items' file.</summary>
    /// <exception cref="CannotShipException">An item cannot be sent.</exception>
    public static byte[] Write<T>(IEnumerable<T> items, out long count)
    {
        var encoder = new BlockEncoder<T>();
        using var file = new MemoryStream();
        long read = 0;
        foreach (T item in items)
        {
            encoder.Add(item);
            read++;
            if (encoder.Bytes >= BlockBytes)
                Put();
        }
        if (encoder.Count > 0)
            Put();
        count = read;
        return file.ToArray();

        void Put()
        {
            EncodedBlock block = encoder.Take(read - encoder.Count);
            var head = new PayloadWriter();
            block.WriteHeader(head);
            file.Write(BitConverter.GetBytes(head.Length + block.Values.Length));
            foreach (ReadOnlyMemory<byte> segment in head.Detach().Segments)
                file.Write(segment.Span);
            foreach (ReadOnlyMemory<byte> segment in block.Values.Segments)
                file.Write(segment.Span);
        }
    }

    /// <summary>The items of a file that <see cref="Write"/> wrote, read as they are wanted.</summary>
    public static IEnumerable<T> ReadItems<T>(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        var length = new byte[sizeof(long)];
        while (file.ReadAtLeast(length, length.Length, throwOnEndOfStream: false) == length.Length)
        {
            var bytes = new byte[checked((int)BitConverter.ToInt64(length))];
            file.ReadExactly(bytes);
            TypedBlock<T> block = BlockDecoder<T>.Decode(EncodedBlock.Read(new PayloadReader(new Payload(bytes))));
            for (int i = 0; i < block.Count; i++)
                yield return block.Values.Span[i];
        }
    }

    /// <summary>When the job's allocation ends, by the scheduler's word or else by its walltime from now on.</summary>
    public DateTimeOffset? EndOfAllocation() =>
        long.TryParse(Environment.GetEnvironmentVariable("SLURM_JOB_END_TIME"), NumberStyles.None, CultureInfo.InvariantCulture, out long seconds)
            ? DateTimeOffset.FromUnixTimeSeconds(seconds) : DateTimeOffset.UtcNow + Walltime;
}
