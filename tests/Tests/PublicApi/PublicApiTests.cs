namespace PathosHpc.Tests.PublicApi;

/// <summary>Every change of the public surface shows in the diff of PublicApi.txt and is reviewed there.</summary>
public class PublicApiTests
{
    private const string Switch = "PATHOS_ACCEPT_PUBLIC_API";

    [Fact]
    public void The_public_surface_is_the_reviewed_one()
    {
        string path = Path.Combine(Repository.Root, "tests", "Tests", "PublicApi", "PublicApi.txt");
        string actual = PublicApiText.Of(Repository.Libraries);
        if (Environment.GetEnvironmentVariable(Switch) == "1")
            File.WriteAllText(path, actual);
        string[] reviewed = File.ReadAllLines(path), found = actual.TrimEnd('\n').Split('\n');
        string[] differences = [.. reviewed.Except(found).Select(l => "gone: " + l), .. found.Except(reviewed).Select(l => "new:  " + l)];
        Assert.True(differences.Length == 0 && reviewed.Length == found.Length,
            $"The public surface differs from {path}:\n{string.Join('\n', differences)}\nIf that is meant, run this test with {Switch}=1 and review the diff of the file.");
    }
}
