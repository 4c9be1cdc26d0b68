using System.Runtime.InteropServices;
using PathosHpc.ClusterTests.Package;
using PathosHpc.Tests;

namespace PathosHpc.ClusterTests.Programs;

/// <summary>Functions travel from every kind of program that a user may have, to ranks of an MPI job and to worker processes.</summary>
[Collection(PackageCollection.Name)]
public sealed class ProgramKindsTests(PackedPackage package)
{
    private static readonly string Rid = RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "linux-arm64" : "linux-x64";

    private static readonly string Hydra = UserProgram.FindMpiexec("mpiexec.hydra");

    public static TheoryData<string> Mpiexecs => ["mpiexec.hydra", "mpiexec.openmpi"];

    private string Libraries => $"""<PackageReference Include="PathosHpc" Version="{package.Version}" /><ProjectReference Include="../Physics/Physics.csproj" />""";

    [Theory]
    [MemberData(nameof(Mpiexecs))]
    public async Task A_project_that_references_the_package(string mpiexec)
    {
        string project = WriteProject("Fresh-" + mpiexec, UserProgram.Project(Libraries));
        Check(await Dotnet("run", "--project", project, "--", UserProgram.FindMpiexec(mpiexec)));
        string output = Path.Combine(Path.GetDirectoryName(project)!, "bin", "Debug", "net10.0");
        Assert.Empty(Directory.GetFiles(output, "PathosHpc.*.runtimeconfig.json"));
        Assert.False(File.Exists(Path.Combine(output, "PathosHpc.Mpi")), "The package put an executable of its own into the program's output.");
    }

    [Theory]
    [InlineData("", 209715200)]
    [InlineData("-p:PathosHpcGen0MaxBudget=33554432", 33554432)]
    [InlineData("-p:PathosHpcGen0MaxBudget=0", null)]
    [InlineData("-p:Own=50331648", 50331648)]
    public async Task The_budget_for_new_objects_of_programs_and_their_ranks(string property, int? budget)
    {
        string project = WriteProject("Budget", UserProgram.Project(Libraries + """<RuntimeHostConfigurationOption Include="System.GC.Gen0MaxBudget" Value="$(Own)" Condition="'$(Own)' != ''" />"""), """
            using PathosHpc;
            await using var workers = new ProcessPool(workers: 1);
            static long Budget(int _) => (long)GC.GetConfigurationVariables()["GCGen0MaxBudget"];
            Console.WriteLine($"{Budget(0)} {await workers.RunAsync(Budget, 0)}");
            """);
        long[] told = [.. (await Dotnet(["run", "--project", project, .. property.Split(' ', StringSplitOptions.RemoveEmptyEntries)])).Output.Split().Where(word => word.Length > 0).Select(long.Parse)];
        Assert.Equal(2, told.Length);
        if (budget is { } expected)
            Assert.All(told, value => Assert.Equal(expected, value));
        else
            Assert.DoesNotContain(209715200, told);
    }

    [Theory]
    [InlineData("mpiexec.hydra", "true")]
    [InlineData("mpiexec.openmpi", "false")]
    public async Task A_program_of_one_file(string mpiexec, string mayEmitCode)
    {
        // Such a program is published ahead of time by default, and so may not emit code at run time. The first is turned off
        // here, for it needs packages that not every feed has, and the second is kept: the codec has to do without.
        WriteLibrary();
        string file = package.Write($"file-{mayEmitCode}/app.cs", $"""
            #:package PathosHpc@{package.Version}
            #:project ../Physics/Physics.csproj
            #:property PublishAot=false
            #:property DynamicCodeSupport={mayEmitCode}
            {UserProgram.Program}
            """);
        Check(await Dotnet("run", file, "--", UserProgram.FindMpiexec(mpiexec)));
    }

    [Fact]
    public async Task A_test_of_xunit()
    {
        string maps = UserProgram.Maps.ReplaceLineEndings("\n        ");
        string project = WriteProject("Tested", UserProgram.Project(Libraries + string.Concat(
            TestPackages().Select(p => $"""<PackageReference Include="{p.Name}" Version="{p.Version}" />""")), "<IsTestProject>true</IsTestProject>"), $$"""
            using PathosHpc;
            using Xunit;

            public class PoolTests
            {
                public static TheoryData<Pool> Pools => [new MpiPool(new MpiPoolOptions { Ranks = 2, Mpiexec = "{{Hydra}}" }), new ProcessPool(workers: 2)];

                [Theory, MemberData(nameof(Pools), DisableDiscoveryEnumeration = true)]
                public async Task Maps(Pool pool)
                {
                    await using var ended = pool;
                    {{maps}}
                    Assert.Equal("{{UserProgram.Told}}", told);
                }
            }
            """);
        var run = await Dotnet("test", project);
        Assert.Matches(@"Passed:\s+2,", run.Output);
    }

    [Theory]
    [InlineData("one-file", true, false)]
    [InlineData("one-file-with-runtime", true, true)]
    [InlineData("folder-with-runtime", false, true)]
    public async Task A_published_program(string name, bool isSingleFile, bool isSelfContained)
    {
        string output = await Publish(name, $"<PublishSingleFile>{isSingleFile}</PublishSingleFile><SelfContained>{isSelfContained}</SelfContained>");
        Assert.Equal(isSingleFile, !File.Exists(Path.Combine(output, "PathosHpc.Mpi.dll")));
        Assert.False(Directory.Exists(Path.Combine(output, "runtimes")));
        Check(await new Command(Path.Combine(output, name), Hydra).RunToSuccessAsync());
    }

    [Theory]
    [InlineData("trimmed-file", true)]
    [InlineData("trimmed-folder", false)]
    public async Task A_trimmed_program_is_told_that_it_cannot_ship_functions(string name, bool isSingleFile)
    {
        string output = await Publish(name, $"<PublishTrimmed>true</PublishTrimmed><SelfContained>true</SelfContained><PublishSingleFile>{isSingleFile}</PublishSingleFile><SuppressTrimAnalysisWarnings>true</SuppressTrimAnalysisWarnings>");
        var run = await new Command(Path.Combine(output, name), Hydra) { Timeout = TimeSpan.FromSeconds(30) }.RunAsync();
        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains("trimmed", run.Error, StringComparison.Ordinal);
        Assert.Contains(nameof(JobFailedException), run.Error, StringComparison.Ordinal);
    }

    private static void Check(CommandOutcome run) => Assert.Equal(UserProgram.Printed, run.Output);

    private static IEnumerable<(string Name, string Version)> TestPackages() =>
        System.Xml.Linq.XDocument.Load(Path.Combine(Repository.Root, "Directory.Packages.props")).Descendants("PackageVersion")
            .Select(p => (Name: (string)p.Attribute("Include")!, Version: (string)p.Attribute("Version")!))
            .Where(p => p.Name.StartsWith("xunit", StringComparison.Ordinal) || p.Name == "Microsoft.NET.Test.Sdk");

    private async Task<string> Publish(string name, string properties)
    {
        string project = WriteProject(name, UserProgram.Project(Libraries, $"<RuntimeIdentifier>{Rid}</RuntimeIdentifier>{properties}"));
        string output = Path.Combine(Path.GetDirectoryName(project)!, "out");
        await Dotnet("publish", project, "--output", output);
        return output;
    }

    private Task<CommandOutcome> Dotnet(params string[] arguments) =>
        new Command("dotnet", arguments) { Environment = package.Isolation, WorkingDirectory = package.Consumers }.RunToSuccessAsync();

    private string WriteProject(string name, string project, string program = UserProgram.Program)
    {
        WriteLibrary();
        package.Write($"{name}/Program.cs", program);
        return package.Write($"{name}/{name}.csproj", project);
    }

    private void WriteLibrary()
    {
        package.Write("Physics/Well.cs", UserProgram.Library);
        package.Write("Physics/Physics.csproj", UserProgram.Project("", "<OutputType>Library</OutputType>"));
    }
}
