using System.IO.Compression;
using System.Runtime.InteropServices;
using PathosHpc.Tests;

namespace PathosHpc.ClusterTests.Package;

/// <summary>What someone has who knows the NuGet package only.</summary>
public sealed class PackageTests(PackedPackage package) : IClassFixture<PackedPackage>
{
    private const string Program = """
        using PathosHpc;

        int offset = 100;
        await using var pool = new MpiPool(new MpiPoolOptions { Ranks = 2, Mpiexec = args[0] });
        int[] squares = await pool.MapAsync(x => (x * x) + offset, Enumerable.Range(0, 1000));
        Console.WriteLine($"sum {squares.Sum()} from {pool.Statistics.Ranks.Count} ranks");
        """;

    private const string Expected = "sum 332933500 from 2 ranks\n";

    public static TheoryData<string> Mpiexecs => ["mpiexec.hydra", "mpiexec.openmpi"];

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

    [Theory]
    [MemberData(nameof(Mpiexecs))]
    public async Task A_fresh_project_maps_over_MPI(string mpiexec)
    {
        package.Write($"fresh-{mpiexec}/Program.cs", Program);
        string project = package.Write($"fresh-{mpiexec}/Fresh.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="PathosHpc" Version="{package.Version}" />
              </ItemGroup>
            </Project>
            """);
        var run = await new Command("dotnet", "run", "--project", project, "--", FindMpiexec(mpiexec)) { Environment = package.Isolation }.RunToSuccessAsync();
        Assert.Equal(Expected, run.Output);
        string output = Path.Combine(Path.GetDirectoryName(project)!, "bin", "Debug", "net10.0");
        Assert.Empty(Directory.GetFiles(output, "PathosHpc.*.runtimeconfig.json"));
        Assert.False(File.Exists(Path.Combine(output, "PathosHpc.Mpi")), "The package put an executable of its own into the program's output.");
    }

    [Theory]
    [MemberData(nameof(Mpiexecs))]
    public async Task A_program_of_one_file_maps_over_MPI(string mpiexec)
    {
        // A program of one file is published ahead of time by default and so may not emit code at run time. Here the first is
        // turned off, for it needs packages that not every feed has, and the second is kept, for the codec has to do without.
        string file = package.Write($"single-{mpiexec}/app.cs", $"""
            #:package PathosHpc@{package.Version}
            #:property PublishAot=false
            #:property DynamicCodeSupport=false
            {Program}
            """);
        var run = await new Command("dotnet", "run", file, "--", FindMpiexec(mpiexec)) { Environment = package.Isolation }.RunToSuccessAsync();
        Assert.Equal(Expected, run.Output);
    }

    [Fact]
    public async Task A_published_program_holds_the_images_of_its_RID_alone()
    {
        string rid = RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "linux-arm64" : "linux-x64";
        package.Write("published/Program.cs", Program);
        string project = package.Write("published/Published.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <RuntimeIdentifier>{rid}</RuntimeIdentifier>
                <SelfContained>false</SelfContained>
                <UseAppHost>false</UseAppHost>
                <ImplicitUsings>enable</ImplicitUsings>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="PathosHpc" Version="{package.Version}" />
              </ItemGroup>
            </Project>
            """);
        string output = Path.Combine(Path.GetDirectoryName(project)!, "out");
        await new Command("dotnet", "publish", project, "--output", output) { Environment = package.Isolation }.RunToSuccessAsync();
        Assert.False(Directory.Exists(Path.Combine(output, "runtimes")));
        var run = await new Command("dotnet", Path.Combine(output, "Published.dll"), FindMpiexec("mpiexec.hydra")).RunToSuccessAsync();
        Assert.Equal(Expected, run.Output);
    }

    [Fact]
    public async Task A_program_in_a_single_file_maps_over_MPI()
    {
        string rid = RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "linux-arm64" : "linux-x64";
        package.Write("single-file/Program.cs", Program);
        string project = package.Write("single-file/SingleFile.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <RuntimeIdentifier>{rid}</RuntimeIdentifier>
                <PublishSingleFile>true</PublishSingleFile>
                <SelfContained>false</SelfContained>
                <ImplicitUsings>enable</ImplicitUsings>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="PathosHpc" Version="{package.Version}" />
              </ItemGroup>
            </Project>
            """);
        string output = Path.Combine(Path.GetDirectoryName(project)!, "out");
        await new Command("dotnet", "publish", project, "--output", output) { Environment = package.Isolation }.RunToSuccessAsync();
        Assert.Empty(Directory.GetFiles(output, "*.dll"));
        var run = await new Command(Path.Combine(output, "SingleFile"), FindMpiexec("mpiexec.hydra")).RunToSuccessAsync();
        Assert.Equal(Expected, run.Output);
    }

    private static string FindMpiexec(string name) =>
        Environment.GetEnvironmentVariable("PATH")!.Split(':').Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists)
        ?? throw new InvalidOperationException($"{name} is not on the PATH; ./test installs it.");
}
