using System.IO.Compression;
using PathosHpc.Tests;

namespace PathosHpc.ClusterTests.Package;

/// <summary>What someone has who knows the NuGet package only.</summary>
[Collection(PackageCollection.Name)]
public sealed class PackageTests(PackedPackage package)
{
    [Fact]
    public void It_holds_every_library_as_portable_IL_and_as_images_for_this_machine()
    {
        using var file = ZipFile.OpenRead(package.PackageFile);
        string[] names = [.. file.Entries.Select(e => e.FullName)];
        string[] libraries = [.. Repository.Libraries.Select(a => a.GetName().Name!)];
        Assert.NotEmpty(libraries);
        foreach (string library in libraries)
        {
            Assert.Contains($"lib/net10.0/{library}.dll", names);
            Assert.Contains($"lib/net10.0/{library}.xml", names);
        }
        // Where there are images there must be one for each library: they replace the lib folder as a whole.
        foreach (var rid in names.Where(n => n.StartsWith("runtimes/", StringComparison.Ordinal)).GroupBy(n => n.Split('/')[1]))
            Assert.Equal(libraries.Order(), rid.Select(n => Path.GetFileNameWithoutExtension(n)).Order());
        Assert.Contains("README.md", names);
    }
}
