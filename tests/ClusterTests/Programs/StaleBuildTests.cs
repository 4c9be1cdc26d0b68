using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using PathosHpc.ClusterTests.Package;
using PathosHpc.Tests;

namespace PathosHpc.ClusterTests.Programs;

/// <summary>A library that was rebuilt while the program that uses it runs is not computed with by mistake.</summary>
[Collection(PackageCollection.Name)]
public sealed class StaleBuildTests(PackedPackage package)
{
    private const string Program = """
        using PathosHpc;

        double depth = Physics.Well.Depth(1);                                                   // loads the library
        File.Move(args[1], typeof(Physics.Well).Assembly.Location, overwrite: true);            // as a rebuild does
        await using Pool ranks = new MpiPool(new MpiPoolOptions { Ranks = 2, Mpiexec = args[0] }), workers = new ProcessPool(workers: 2);
        foreach (Pool pool in new[] { ranks, workers })
        {
            try
            {
                await pool.MapAsync(Physics.Well.Depth, [1, 2, 3]);
                Console.WriteLine($"{pool.GetType().Name} computed with another build.");
            }
            catch (StaleBuildException e)
            {
                Console.WriteLine($"{pool.GetType().Name}: {e.AssemblyName} {e.ExpectedMvid} {e.FoundMvid} {e.Message.Contains($"{e.ExpectedMvid}") && e.Message.Contains($"{e.FoundMvid}")}");
            }
            Console.WriteLine(await pool.RunAsync(x => x + 1, 1));                              // the pool is as good as before
        }
        """;

    [Fact]
    public async Task It_is_refused_with_both_builds_named()
    {
        package.Write("stale/Physics/Well.cs", UserProgram.Library);
        package.Write("stale/Physics/Physics.csproj", UserProgram.Project("", "<OutputType>Library</OutputType>"));
        package.Write("stale/Rebuilt/Well.cs", UserProgram.Library.Replace("0.5", "0.25", StringComparison.Ordinal));
        string rebuilt = package.Write("stale/Rebuilt/Physics.csproj", UserProgram.Project("", "<OutputType>Library</OutputType>"));
        package.Write("stale/App/Program.cs", Program);
        string app = package.Write("stale/App/App.csproj",
            UserProgram.Project($"""<PackageReference Include="PathosHpc" Version="{package.Version}" /><ProjectReference Include="../Physics/Physics.csproj" />"""));
        foreach (string project in new[] { app, rebuilt })
            await new Command("dotnet", "build", project) { Environment = package.Isolation }.RunToSuccessAsync();
        string bin = Path.Combine(Path.GetDirectoryName(app)!, "bin", "Debug", "net10.0");
        string other = Path.Combine(Path.GetDirectoryName(rebuilt)!, "bin", "Debug", "net10.0", "Physics.dll");
        string builds = $"Physics {Mvid(Path.Combine(bin, "Physics.dll"))} {Mvid(other)} True";
        var run = await new Command("dotnet", Path.Combine(bin, "App.dll"), UserProgram.FindMpiexec("mpiexec.hydra"), other).RunToSuccessAsync();
        Assert.Equal($"MpiPool: {builds}\n2\nProcessPool: {builds}\n2\n", run.Output);
    }

    private static Guid Mvid(string path)
    {
        using var file = new PEReader(File.OpenRead(path));
        MetadataReader metadata = file.GetMetadataReader();
        return metadata.GetGuid(metadata.GetModuleDefinition().Mvid);
    }
}
