namespace PathosHpc.Tests.Docs;

/// <summary>Every program of the documentation compiles, and those that need no MPI run and print what the page says.</summary>
public sealed class DocsProgramTests(DocsProgramTests.Built built) : IClassFixture<DocsProgramTests.Built>
{
    public static TheoryData<string> Hermetic => [.. DocProgram.All.Where(p => p.Kind == "run").Select(p => p.Name)];

    [Theory]
    [MemberData(nameof(Hermetic))]
    public async Task A_program_prints_what_its_page_says(string name)
    {
        var program = DocProgram.All.Single(p => p.Name == name);
        var run = await new Command("dotnet", built.Build.PathOf(program)).RunToSuccessAsync();
        if (program.Output is not null)
            Assert.Equal(program.Output, run.Output);
    }

    /// <summary>All programs, built once; that they compile is the first half of the promise.</summary>
    public sealed class Built : IAsyncLifetime, IDisposable
    {
        internal DocBuild Build { get; } = new();

        public Task InitializeAsync() => Build.BuildAsync(DocProgram.All.Where(p => p.Kind != "excerpt"));

        public Task DisposeAsync() => Task.CompletedTask;

        public void Dispose() => Build.Dispose();
    }
}
