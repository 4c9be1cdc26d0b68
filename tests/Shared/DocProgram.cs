using System.Text.RegularExpressions;

namespace PathosHpc.Tests;

/// <summary>A complete program in the documentation: a csharp block behind a comment such as <c>program: NAME, KIND</c>, with the output
/// that the page shows for it, if it shows one, in a text block behind <c>output: NAME</c>.</summary>
/// <param name="Name">Its name, unique among all pages.</param>
/// <param name="Kind">What is done with it: <c>run</c> anywhere, run with <c>mpi</c>, run as a <c>world</c> under mpiexec, only <c>compile</c>,
/// or nothing, as it is but an <c>excerpt</c>.</param>
/// <param name="Page">The file that it is from.</param>
/// <param name="Code">The program.</param>
/// <param name="Output">What it prints, or null where the page does not say.</param>
internal sealed partial record DocProgram(string Name, string Kind, string Page, string Code, string? Output)
{
    /// <summary>The pages of the documentation.</summary>
    public static IEnumerable<string> Pages { get; } =
    [
        Path.Combine(Repository.Root, "README.md"),
        Path.Combine(Repository.Root, "CHANGELOG.md"),
        .. Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs"), "*.md").Order(StringComparer.Ordinal),
    ];

    /// <summary>All programs of all pages, and the example programs of one file.</summary>
    public static IReadOnlyList<DocProgram> All { get; } = [.. Pages.SelectMany(OfPage), .. Examples()];

    private static IEnumerable<DocProgram> OfPage(string page)
    {
        string text = File.ReadAllText(page);
        var outputs = OutputPattern().Matches(text).ToDictionary(m => m.Groups["name"].Value, m => m.Groups["text"].Value);
        return ProgramPattern().Matches(text).Select(m => new DocProgram(
            m.Groups["name"].Value, m.Groups["kind"].Value, page, m.Groups["code"].Value, outputs.GetValueOrDefault(m.Groups["name"].Value)));
    }

    private static IEnumerable<DocProgram> Examples()
    {
        foreach (string file in Directory.EnumerateFiles(Path.Combine(Repository.Root, "jobs", "Examples", "programs"), "*.cs").Order(StringComparer.Ordinal))
        {
            // What `dotnet run FILE` needs to find the libraries is no part of the program.
            string code = string.Join('\n', File.ReadLines(file).Where(line => !line.StartsWith("#:", StringComparison.Ordinal)));
            string kind = code.Contains("RunWorldAsync", StringComparison.Ordinal) ? "world" : code.Contains("MpiPool", StringComparison.Ordinal) ? "mpi" : "run";
            yield return new DocProgram("example-" + Path.GetFileNameWithoutExtension(file), kind, file, code, null);
        }
    }

    [GeneratedRegex(@"<!-- program: (?<name>[a-z0-9-]+), (?<kind>run|mpi|world|compile|excerpt) -->\n```csharp\n(?<code>.*?)\n```", RegexOptions.Singleline)]
    private static partial Regex ProgramPattern();

    [GeneratedRegex(@"<!-- output: (?<name>[a-z0-9-]+) -->\n```text\n(?<text>.*?\n)```", RegexOptions.Singleline)]
    private static partial Regex OutputPattern();
}
