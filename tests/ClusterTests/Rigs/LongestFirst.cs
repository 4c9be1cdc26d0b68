using System.Runtime.Versioning;
using Xunit.Abstractions;

[assembly: TestCollectionOrderer("PathosHpc.ClusterTests.LongestFirst", "PathosHpc.ClusterTests")]

namespace PathosHpc.ClusterTests;

/// <summary>Starts the collections first that take minutes: one that comes last would run alone in the end.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] longest =
    [
        LiveMapsCollection.Name, LiveFaultsCollection.Name, FarMapsCollection.Name, Of<SshNetworkTests>(), Of<OpenMpiFaultTests>(), Of<SubmittedMapTests>(), Package.PackageCollection.Name, Of<SlurmTests>(),
    ];

    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections.OrderBy(collection => Array.IndexOf(longest, collection.DisplayName) is >= 0 and var place ? place : longest.Length);

    private static string Of<TTests>() => $"Test collection for {typeof(TTests).FullName}";
}
