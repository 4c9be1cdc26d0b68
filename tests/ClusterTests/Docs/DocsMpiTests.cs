using PathosHpc.Tests;

namespace PathosHpc.ClusterTests.Docs;

/// <summary>The programs of the documentation that need an MPI run, and print what their page says.</summary>
public sealed class DocsMpiTests(DocsMpiTests.Built built) : IClassFixture<DocsMpiTests.Built>
{
    public static TheoryData<string> OverMpi => [.. DocProgram.All.Where(p => p.Kind == "mpi").Select(p => p.Name)];

    public static TheoryData<string> AsWorld => [.. DocProgram.All.Where(p => p.Kind == "world").Select(p => p.Name)];

    [Theory]
    [MemberData(nameof(OverMpi))]
    public async Task A_program_with_an_MPI_pool_prints_what_its_page_says(string name)
    {
        var program = DocProgram.All.Single(p => p.Name == name);
        Check(program, await new Command("dotnet", built.Build.PathOf(program)).RunToSuccessAsync());
    }

    [Theory]
    [MemberData(nameof(AsWorld))]
    public async Task A_program_of_many_ranks_prints_what_its_page_says(string name)
    {
        var program = DocProgram.All.Single(p => p.Name == name);
        string path = built.Build.PathOf(program);
        Check(program, await new Command("mpiexec.hydra", "-n", "4", "dotnet", path).RunToSuccessAsync());
        Check(program, await new Command("mpiexec.openmpi", "--allow-run-as-root", "--oversubscribe", "-n", "4", "dotnet", path).RunToSuccessAsync());
    }

    private static void Check(DocProgram program, CommandOutcome run)
    {
        if (program.Output is not null)
            Assert.Equal(program.Output, run.Output);
    }

    /// <summary>The programs, built once.</summary>
    public sealed class Built : IAsyncLifetime, IDisposable
    {
        internal DocBuild Build { get; } = new();

        public Task InitializeAsync() => Build.BuildAsync(DocProgram.All.Where(p => p.Kind is "mpi" or "world"));

        public Task DisposeAsync() => Task.CompletedTask;

        public void Dispose() => Build.Dispose();
    }
}
