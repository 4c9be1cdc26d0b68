using System.Globalization;

namespace PathosHpc;

/// <summary>Version 1 of the journal: names of its files, and what each begins with.</summary>
/// <remarks>A journal is a folder. Each program that writes it makes a segment of its own, <c>000001.journal</c> and so on; none is written by two.
/// A segment: "PATHOSJR", version (uint16), least version that the writer reads (uint16), then records, each with its head
/// (<see cref="JournalRecord"/>) and its body; the first is the header. A segment ends where no whole record follows.</remarks>
internal static class JournalFormat
{
    public const ushort Version = 1, LeastVersion = 1;
    public const int PreambleSize = 12;

    /// <summary>The file that a writer keeps locked.</summary>
    public const string LockName = "lock";

    /// <summary>The file that says who has it locked.</summary>
    public const string WriterName = "writer";

    private const string Extension = ".journal";

    private static ReadOnlySpan<byte> Magic => "PATHOSJR"u8;

    public static string SegmentName(int number) => number.ToString("D6", CultureInfo.InvariantCulture) + Extension;

    /// <summary>Whether a file of this name is a segment.</summary>
    public static bool IsSegment(string name) =>
        name.EndsWith(Extension, StringComparison.Ordinal) && int.TryParse(name.AsSpan(0, name.Length - Extension.Length), NumberStyles.None, CultureInfo.InvariantCulture, out _);

    /// <summary>The segments of a journal, in the order in which they were begun.</summary>
    public static IReadOnlyList<(int Number, string Path)> Segments(string folder)
    {
        if (!Directory.Exists(folder))
            return [];
        var found = new List<(int, string)>();
        // By listing: file systems of clusters may hide a new file from who asks for its name.
        foreach (string path in Directory.EnumerateFiles(folder, "*" + Extension))
        {
            if (int.TryParse(Path.GetFileNameWithoutExtension(path), NumberStyles.None, CultureInfo.InvariantCulture, out int number))
                found.Add((number, path));
        }
        found.Sort();
        return found;
    }

    public static byte[] Preamble()
    {
        var bytes = new byte[PreambleSize];
        Magic.CopyTo(bytes);
        BitConverter.TryWriteBytes(bytes.AsSpan(8), Version);
        BitConverter.TryWriteBytes(bytes.AsSpan(10), LeastVersion);
        return bytes;
    }

    /// <returns>False when too little of it was written to tell.</returns>
    /// <exception cref="JournalException">The file is something else, or of a version that this library does not read.</exception>
    public static bool Check(ReadOnlySpan<byte> preamble, string path)
    {
        string folder = Path.GetDirectoryName(path)!;
        if (preamble.Length < PreambleSize || !preamble.ContainsAnyExcept((byte)0))
            return false;
        if (!preamble[..8].SequenceEqual(Magic))
            throw new JournalException(folder, $"{path} is no segment of a journal of PathosHpc. Choose another folder for the journal, or remove the file.");
        ushort version = BitConverter.ToUInt16(preamble[8..]), least = BitConverter.ToUInt16(preamble[10..]);
        if (least > Version || version < LeastVersion)
        {
            throw new JournalException(folder, $"{path} was written in version {version} of the journal's format, to be read by version {least} and later; " +
                $"this library reads versions {LeastVersion} to {Version}. Use the version of PathosHpc that wrote it.");
        }
        return true;
    }
}
