namespace PathosHpc.ClusterTests.Package;

/// <summary>The tests that use the package, which is packed once for all of them.</summary>
[CollectionDefinition(Name)]
public sealed class PackageCollection : ICollectionFixture<PackedPackage>
{
    public const string Name = "package";
}
