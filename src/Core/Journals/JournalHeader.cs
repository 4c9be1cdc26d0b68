using System.Globalization;

namespace PathosHpc;

/// <summary>Whose journal it is, and who writes the segment that begins with it.</summary>
internal sealed record JournalHeader
{
    /// <summary>What makes two runs the same.</summary>
    public required IReadOnlyList<JournalPart> Parts { get; init; }

    /// <summary>Key of the random streams.</summary>
    public required ulong Seed { get; init; }

    /// <summary>How results are read without the program that made them.</summary>
    public required ValueShape Shape { get; init; }

    /// <summary>Type of the results as a C# programmer writes it.</summary>
    public required string ResultType { get; init; }

    /// <summary>Version of the library that writes.</summary>
    public string Library { get; init; } = LibraryVersion;

    /// <summary>Name of the machine that writes.</summary>
    public string Node { get; init; } = Environment.MachineName;

    /// <summary>The process that writes.</summary>
    public int ProcessId { get; init; } = Environment.ProcessId;

    /// <summary>When the segment was begun.</summary>
    public DateTimeOffset StartedAt { get; init; } = DateTimeOffset.UtcNow;

    private static string LibraryVersion => typeof(JournalHeader).Assembly.GetName().Version?.ToString() ?? "";

    public void Write(PayloadWriter writer)
    {
        writer.WriteString(Library);
        writer.WriteString(Node);
        writer.WriteInt32(ProcessId);
        writer.WriteInt64(StartedAt.UtcTicks);
        writer.WriteUInt64(Seed);
        writer.WriteString(ResultType);
        Shape.Write(writer);
        writer.WriteVarUInt((ulong)Parts.Count);
        foreach (JournalPart part in Parts)
        {
            writer.WriteString(part.Name);
            writer.WriteString(part.Value);
            writer.WriteByte(part.IsOfFunction ? (byte)1 : (byte)0);
        }
    }

    /// <exception cref="MalformedPayloadException">The bytes are not what <see cref="Write"/> writes.</exception>
    public static JournalHeader Read(PayloadReader reader)
    {
        string library = reader.ReadString() ?? "", node = reader.ReadString() ?? "";
        int process = reader.ReadInt32();
        long ticks = reader.ReadInt64();
        ulong seed = reader.ReadUInt64();
        string result = reader.ReadString() ?? "";
        ValueShape shape = ValueShape.Read(reader);
        var parts = new JournalPart[reader.ReadCount(3)];
        for (int i = 0; i < parts.Length; i++)
            parts[i] = new JournalPart(reader.ReadString() ?? "", reader.ReadString() ?? "", reader.ReadByte() != 0);
        return new JournalHeader
        {
            Library = library,
            Node = node,
            ProcessId = process,
            StartedAt = new DateTimeOffset(Math.Clamp(ticks, DateTimeOffset.MinValue.Ticks, DateTimeOffset.MaxValue.Ticks), TimeSpan.Zero),
            Seed = seed,
            ResultType = result,
            Shape = shape,
            Parts = parts,
        };
    }

    /// <summary>What differs from the journal of an earlier run, as sentences; empty when this run may go on with it.</summary>
    /// <param name="earlier">The journal's header.</param>
    /// <param name="seed">The seed that was asked for, if any.</param>
    /// <param name="acceptFunction">Whether the function may differ.</param>
    public IEnumerable<string> DifferencesTo(JournalHeader earlier, ulong? seed, bool acceptFunction)
    {
        var old = earlier.Parts.ToDictionary(part => part.Name, StringComparer.Ordinal);
        foreach (JournalPart part in Parts.Where(part => !(part.IsOfFunction && acceptFunction)))
        {
            JournalPart? was = old.GetValueOrDefault(part.Name);
            if (was is null)
                yield return $"{Capital(part.Name)} is new{Shown(part.Value)}.";
            else if (was.Value != part.Value)
                yield return $"{Capital(part.Name)} has changed{Shown(was.Value, part.Value)}.";
        }
        foreach (JournalPart part in earlier.Parts.Where(part => !(part.IsOfFunction && acceptFunction) && Parts.All(now => now.Name != part.Name)))
            yield return $"{Capital(part.Name)} is gone{Shown(part.Value)}.";
        if (seed is { } asked && asked != earlier.Seed)
            yield return string.Create(CultureInfo.InvariantCulture, $"The seed was {earlier.Seed} and is now {asked}.");
    }

    /// <summary>What stands for contents says nothing to a reader.</summary>
    private static string Shown(string value) => value.StartsWith('#') ? "" : $": {value}";

    private static string Shown(string was, string now) => was.StartsWith('#') ? "" : $": it was {was} and is now {now}";

    private static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}
