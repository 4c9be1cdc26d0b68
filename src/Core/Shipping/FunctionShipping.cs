namespace PathosHpc;

/// <summary>Functions as bytes: delegates by the method they call, with the captured state that the method really uses.</summary>
internal static class FunctionShipping
{
    /// <summary>Version 1 of the format: this and nothing else begins a function.</summary>
    private const uint Magic = 0x01464850; // "PHF" 1
    private const long LargeThis = 1 << 20;

    /// <summary>Writes <paramref name="function"/>, an <see cref="ItemFunction{TItem, TResult}"/> or any object that holds delegates. Large arrays of numbers
    /// are not copied: what is sent is what they hold then.</summary>
    /// <param name="function">The function.</param>
    /// <param name="strict">Whether a warning is an error.</param>
    /// <exception cref="CannotShipException">Something it captured cannot travel, named with its path; or a warning when <paramref name="strict"/>.</exception>
    public static ShippedFunction Encode(object function, bool strict)
    {
        if (StatelessFunctions.Find(function) is not { } shipped)
        {
            shipped = Write(function);
            StatelessFunctions.Keep(function, shipped);
        }
        return strict && shipped.Warnings.Count > 0
            ? throw new CannotShipException($"{string.Join(" ", shipped.Warnings)} This is an error because the map is strict.", "the function", null) : shipped;
    }

    /// <summary>A small function of this library's own, for those who rehearse.</summary>
    public static Payload EncodeSample() => Encode(new SyncFunction<int, int>(static x => x), strict: false).Payload;

    /// <summary>Rebuilds the object that <see cref="Encode"/> was given.</summary>
    /// <exception cref="StaleBuildException">It was written by another build of one of its assemblies.</exception>
    /// <exception cref="MalformedPayloadException">The bytes are damaged, or name what this program does not have.</exception>
    public static object Decode(Payload payload)
    {
        if (StatelessFunctions.Find(payload) is { } known)
            return known;
        PayloadReader reader = Open(payload, 0);
        object function = Graph.Read<object?>(reader, carriesFunctions: true) ?? throw new MalformedPayloadException("The function is missing.");
        if (reader.Remaining > 0)
            throw new MalformedPayloadException($"{reader.Remaining} bytes follow the function.");
        StatelessFunctions.Keep(payload, function);
        return function;
    }

    /// <summary>A reader behind what every function begins with.</summary>
    /// <param name="payload">The function, or the first of it.</param>
    /// <param name="following">Bytes of it that are still to come.</param>
    internal static PayloadReader Open(Payload payload, long following)
    {
        var reader = new PayloadReader(payload) { Following = following };
        return reader.Remaining >= sizeof(uint) && reader.ReadUInt32() == Magic ? reader
            : throw new MalformedPayloadException("These bytes are no function of this version: client and workers must run the same version of PathosHpc.");
    }

    private static ShippedFunction Write(object function)
    {
        var notes = new FunctionNotes();
        var writer = new PayloadWriter();
        writer.WriteUInt32(Magic);
        object? root = function;
        var arrays = new List<ReadOnlyMemory<byte>>();
        Graph.Write(writer, ref root, "the function", carriesFunctions: true, notes, arrays: arrays);
        long length = writer.Length;
        Payload payload = writer.Detach();
        if (arrays.Count > 0)
            payload = new Payload([.. payload.Segments, .. arrays]);
        if (notes.CarriesThis && payload.Length > LargeThis)
            Measure(function, notes);
        return new ShippedFunction(payload, payload.Length - length, notes.Warnings);
    }

    /// <summary>Finds out whether an object that a function belongs to is large, and which of its members makes it so.</summary>
    private static void Measure(object function, FunctionNotes notes)
    {
        var sizes = new Dictionary<string, long>();
        var path = new MemberPath("the function") { Measured = (member, bytes) => sizes[member] = sizes.GetValueOrDefault(member) + bytes };
        Graph.Walk<object?>(function, path, carriesFunctions: true);
        foreach ((string owner, long total) in sizes.Where(size => size.Key.EndsWith("captured 'this'", StringComparison.Ordinal) && size.Value > LargeThis))
        {
            string biggest = sizes.Where(size => size.Key.StartsWith(owner, StringComparison.Ordinal) && size.Value >= total / 2).MaxBy(size => size.Key.Length).Key;
            notes.LargeThis(owner, total, biggest);
        }
    }
}
