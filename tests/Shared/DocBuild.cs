namespace PathosHpc.Tests;

/// <summary>Builds programs of the documentation against the libraries of this build, all in one go, into a folder outside of the source tree.</summary>
internal sealed class DocBuild : IDisposable
{
    private const string Common = """
        <Project>
          <PropertyGroup>
            <OutputType>Exe</OutputType>
            <TargetFramework>net10.0</TargetFramework>
            <ImplicitUsings>enable</ImplicitUsings>
            <Nullable>enable</Nullable>
            <UseAppHost>false</UseAppHost>
            <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
            <NuGetAudit>false</NuGetAudit>
            <RunAnalyzers>false</RunAnalyzers>
          </PropertyGroup>
          <ItemGroup>
            <Reference Include="LIBRARIES/PathosHpc.*.dll" Exclude="LIBRARIES/PathosHpc.*Tests.dll;LIBRARIES/PathosHpc.Examples.dll" />
            <Reference Include="LIBRARIES/NLog.dll" />
          </ItemGroup>
        </Project>
        """;

    private const string BuildAll = """
        <Project DefaultTargets="Build">
          <ItemGroup><Program Include="*/*.csproj" /></ItemGroup>
          <Target Name="Restore"><MSBuild Projects="@(Program)" Targets="Restore" /></Target>
          <Target Name="Build"><MSBuild Projects="@(Program)" Targets="Build" BuildInParallel="true" /></Target>
        </Project>
        """;

    private readonly TemporaryFolder folder = new("docs");

    /// <summary>Builds the programs; fails the test with the compiler's words when one does not compile.</summary>
    public async Task BuildAsync(IEnumerable<DocProgram> programs)
    {
        folder.Write("Directory.Build.props", Common.Replace("LIBRARIES", AppContext.BaseDirectory.TrimEnd('/'), StringComparison.Ordinal));
        string all = folder.Write("All.proj", BuildAll);
        foreach (var program in programs)
        {
            folder.Write($"{program.Name}/Program.cs", $"#line 1 \"{program.Page}: {program.Name}\"\n{program.Code}\n");
            folder.Write($"{program.Name}/{program.Name}.csproj", "<Project Sdk=\"Microsoft.NET.Sdk\" />");
        }
        await new Command("dotnet", "build", all, "--nologo", "--verbosity", "quiet", "-maxCpuCount") { WorkingDirectory = folder.Path }.RunToSuccessAsync();
    }

    /// <summary>The program that was built.</summary>
    public string PathOf(DocProgram program) => Path.Combine(folder.Path, program.Name, "bin", "Debug", "net10.0", program.Name + ".dll");

    public void Dispose() => folder.Dispose();
}
