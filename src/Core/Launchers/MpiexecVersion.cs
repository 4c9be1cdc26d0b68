using System.Text.RegularExpressions;

namespace PathosHpc;

/// <summary>Which mpiexec it is, as its answer to <c>--version</c> tells.</summary>
/// <param name="Flavor">The MPI whose ranks it starts.</param>
/// <param name="Product">"Open MPI", "PRRTE" (Open MPI's launcher by itself), "Hydra" (MPICH and MVAPICH) or "Intel MPI".</param>
/// <param name="Version">Its version, or null when the answer has none.</param>
internal sealed partial record MpiexecVersion(MpiFlavor Flavor, string Product, Version? Version)
{
    /// <returns>Null for a program that is not a mpiexec we know.</returns>
    public static MpiexecVersion? Parse(string text)
    {
        if (OpenMpi().Match(text) is { Success: true } openMpi)
            return new(MpiFlavor.OpenMpi, openMpi.Groups["prrte"].Success ? "PRRTE" : "Open MPI", VersionOf(openMpi));
        if (Intel().Match(text) is { Success: true } intel)
            return new(MpiFlavor.Mpich, "Intel MPI", VersionOf(intel));
        if (Hydra().Match(text) is { Success: true } hydra)
            return new(MpiFlavor.Mpich, "Hydra", VersionOf(hydra));
        return null;
    }

    private static Version? VersionOf(Match match) => Version.TryParse(match.Groups["version"].Value, out Version? version) ? version : null;

    [GeneratedRegex(@"^\S+ \((?:OpenRTE|Open MPI|(?<prrte>PRRTE))\)\s+(?<version>\d+\.\d+(?:\.\d+)?)", RegexOptions.Multiline)]
    private static partial Regex OpenMpi();

    [GeneratedRegex(@"HYDRA build details:(?:.*\n)*?\s*Version:\s+(?<version>\d+\.\d+(?:\.\d+)?)")]
    private static partial Regex Hydra();

    [GeneratedRegex(@"^Intel\(R\) MPI Library.*?Version (?<version>\d+\.\d+(?:\.\d+)?)", RegexOptions.Multiline)]
    private static partial Regex Intel();
}
