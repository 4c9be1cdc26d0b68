namespace PathosHpc;

/// <summary>Which mpiexec it is, as its answer to <c>--version</c> tells.</summary>
/// <param name="Flavor">The MPI whose ranks it starts.</param>
/// <param name="Product">"Open MPI", "PRRTE" (Open MPI's launcher by itself), "Hydra" (MPICH and MVAPICH) or "Intel MPI".</param>
/// <param name="Version">Its version, or null when the answer has none.</param>
/// <remarks>Read by hand: the first pattern of a process loads the library of patterns and has much of it compiled, and this is asked at every start.</remarks>
internal sealed record MpiexecVersion(MpiFlavor Flavor, string Product, Version? Version)
{
    private const string Intel = "Intel(R) MPI Library", Hydra = "HYDRA build details:", Numbered = "Version:";

    private static readonly (string Mark, string Product)[] OpenMpis = [(" (OpenRTE) ", "Open MPI"), (" (Open MPI) ", "Open MPI"), (" (PRRTE) ", "PRRTE")];

    /// <returns>Null for a program that is not a mpiexec we know.</returns>
    public static MpiexecVersion? Parse(string text)
    {
        string[] lines = text.Split('\n');
        foreach (string line in lines)
        {
            foreach ((string mark, string product) in OpenMpis)
            {
                // The program's name, in one word, and whose it is.
                if (line.IndexOf(' ', StringComparison.Ordinal) is > 0 and var at && line.AsSpan(at).StartsWith(mark, StringComparison.Ordinal) && VersionAt(line, at + mark.Length) is { } version)
                    return new(MpiFlavor.OpenMpi, product, version);
            }
            if (line.StartsWith(Intel, StringComparison.Ordinal) && VersionBehind(line, "Version ", Intel.Length) is { } intel)
                return new(MpiFlavor.Mpich, "Intel MPI", intel);
        }
        int details = Array.FindIndex(lines, line => line.Contains(Hydra, StringComparison.Ordinal));
        for (int i = Math.Max(details, 0); details >= 0 && i < lines.Length; i++)
        {
            string line = lines[i].TrimStart();
            if (line.StartsWith(Numbered, StringComparison.Ordinal) && VersionAt(line, Numbered.Length) is { } hydra)
                return new(MpiFlavor.Mpich, "Hydra", hydra);
        }
        return null;
    }

    private static Version? VersionBehind(string line, string mark, int from) => line.IndexOf(mark, from, StringComparison.Ordinal) is >= 0 and var at ? VersionAt(line, at + mark.Length) : null;

    /// <summary>Two or three numbers with points between them, behind spaces.</summary>
    private static Version? VersionAt(string line, int at)
    {
        ReadOnlySpan<char> rest = line.AsSpan(at).TrimStart();
        int end = 0, points = 0;
        while (end < rest.Length && (char.IsAsciiDigit(rest[end]) || (rest[end] == '.' && points < 2 && end + 1 < rest.Length && char.IsAsciiDigit(rest[end + 1]))))
            points += rest[end++] == '.' ? 1 : 0;
        return System.Version.TryParse(rest[..end], out Version? version) ? version : null;
    }
}
