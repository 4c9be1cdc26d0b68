using Xunit.Abstractions;

namespace PathosHpc.ClusterTests;

/// <summary>The contract of every pool, kept by the ranks of a program that mpiexec started; rank 0 runs the tests.</summary>
public sealed class WorldPoolTests(ITestOutputHelper told)
{
    private static readonly string Rig = AppContext.BaseDirectory.Replace("/ClusterTests/", "/Rigs/ContractRig/", StringComparison.Ordinal) + "PathosHpc.ContractRig.dll";

    // Starting ranks again takes a client outside of the world: these are the promises that a world cannot keep.
    private static readonly string[] NeedOutsideClient = ["An_item_that_never_yields_times_out_and_the_others_are_computed"];

    [MpiTheory]
    [InlineData(MpiFlavor.Mpich)]
    [InlineData(MpiFlavor.OpenMpi)]
    public async Task A_world_keeps_the_contract_of_every_pool(MpiFlavor flavor)
    {
        Launcher launcher = await MpiRun.LauncherAsync(flavor);
        MpiRunResult run = await MpiRun.RunAsync(launcher.Plan(new LaunchRequest { Ranks = 3, Command = ["dotnet", Rig] }), seconds: 240);
        told.WriteLine(run.All);
        ILookup<string, string> lines = run.Output.Split('\n').ToLookup(line => line.Split(' ')[0], line => line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..]);
        Assert.True(run.ExitCode == 0 && !lines["fail"].Any(), $"{lines["fail"].Count()} failed:\n{string.Join('\n', lines["fail"])}\n{run.All}");
        Assert.Equal(NeedOutsideClient, lines["outside"]);
        Assert.True(lines["pass"].Count() > 50, run.All);
    }
}
