using System.Text.RegularExpressions;

namespace PathosHpc.Tests.Docs;

/// <summary>What can be said of the pages without running their programs.</summary>
public partial class DocsTests
{
    private const int FirstScreen = 40;

    public static TheoryData<string> Pages => [.. DocProgram.Pages.Select(p => Path.GetRelativePath(Repository.Root, p))];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_block_of_code_is_a_program_that_a_test_knows(string page)
    {
        string path = Path.Combine(Repository.Root, page);
        int blocks = File.ReadLines(path).Count(line => line.TrimStart().StartsWith("```cs", StringComparison.Ordinal));
        int known = DocProgram.All.Count(p => p.Page == path);
        Assert.True(blocks == known, $"{page} has {blocks} csharp blocks, but {known} behind <!-- program: NAME, KIND -->.");
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Links_lead_somewhere(string page)
    {
        string path = Path.Combine(Repository.Root, page), folder = Path.GetDirectoryName(path)!;
        foreach (string link in LinkPattern().Matches(File.ReadAllText(path)).Select(m => m.Groups["target"].Value))
        {
            if (link.Contains("://", StringComparison.Ordinal))
                continue;
            string file = link.Split('#')[0];
            string target = file.Length == 0 ? path : Path.GetFullPath(Path.Combine(folder, file));
            Assert.True(File.Exists(target) || Directory.Exists(target), $"{page} links to {link}, which does not exist.");
            if (link.Contains('#', StringComparison.Ordinal))
                Assert.Contains(link.Split('#')[1], Anchors(target));
        }
    }

    [Fact]
    public void A_complete_program_is_on_the_first_screen_of_the_readme()
    {
        string[] lines = File.ReadAllLines(Path.Combine(Repository.Root, "README.md"));
        int end = Array.IndexOf(lines, "```", Array.IndexOf(lines, "```csharp"));
        Assert.InRange(end, 1, FirstScreen);
    }

    [Fact]
    public void The_changelog_knows_the_version()
    {
        string version = VersionPattern().Match(File.ReadAllText(Path.Combine(Repository.Root, "Directory.Build.props"))).Groups["version"].Value;
        Assert.Contains($"## {version}", File.ReadAllText(Path.Combine(Repository.Root, "CHANGELOG.md")), StringComparison.Ordinal);
    }

    [Fact]
    public void Names_of_programs_are_unique()
    {
        Assert.Equal(DocProgram.All.Count, DocProgram.All.DistinctBy(p => p.Name).Count());
    }

    private static IEnumerable<string> Anchors(string page) =>
        File.ReadLines(page).Where(l => l.StartsWith('#')).Select(l => NotInAnchor().Replace(l.TrimStart('#').Trim().ToLowerInvariant(), "").Replace(' ', '-'));

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex LinkPattern();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NotInAnchor();

    [GeneratedRegex(@"<Version>(?<version>.*?)</Version>")]
    private static partial Regex VersionPattern();
}
