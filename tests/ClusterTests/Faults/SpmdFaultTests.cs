using PathosHpc.Tests;

namespace PathosHpc.ClusterTests;

/// <summary>Programs that mpiexec runs on all ranks, and that end early or badly: the world ends within 10 s, says why, and leaves nothing.</summary>
public sealed class SpmdFaultTests : IAsyncLifetime
{
    private static readonly string rig = MpiRun.Rig.Replace("CommunicatorRig", "FaultRig", StringComparison.Ordinal);

    private readonly FaultScene scene = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await scene.DisposeAsync();

    public static TheoryData<MpiFlavor, string, int?, string> Cases
    {
        get
        {
            var cases = new TheoryData<MpiFlavor, string, int?, string>();
            foreach (MpiFlavor flavor in (MpiFlavor[])[MpiFlavor.Mpich, MpiFlavor.OpenMpi])
            {
                cases.Add(flavor, "normal", 0, "sum 3540 on 3 ranks");
                cases.Add(flavor, "nothing", 0, "");
                cases.Add(flavor, "code", 7, "");
                cases.Add(flavor, "throws", 1, "the body threw on purpose");
                cases.Add(flavor, "item-throws", 1, "item 30 threw on purpose");
                cases.Add(flavor, "item-fails-and-is-caught", 0, "caught item 30");
                cases.Add(flavor, "root-exit0", 0, "");
                cases.Add(flavor, "root-exit3", 3, "");
                cases.Add(flavor, "left", 4, "item 0 came first");
                cases.Add(flavor, "timeout", null, "Item 20");
                cases.Add(flavor, "exit0", null, "Rank 1 of 3 ended its process inside an item");
                cases.Add(flavor, "exit3", 3, "");
                cases.Add(flavor, "kill", null, "");
                cases.Add(flavor, "before-exit0", null, "");
                cases.Add(flavor, "before-exit3", null, "");
            }
            return cases;
        }
    }

    [MpiTheory, MemberData(nameof(Cases))]
    public async Task A_world_ends(MpiFlavor flavor, string what, int? code, string says)
    {
        Launcher launcher = await MpiRun.LauncherAsync(flavor);
        LaunchCommand command = launcher.Plan(new LaunchRequest
        {
            Ranks = 3, Command = ["dotnet", rig, "world", what],
            Environment = new Dictionary<string, string> { ["TMPDIR"] = scene.Work, [FaultScene.Variable] = scene.Folder, ["DOTNET_EnableDiagnostics"] = "0" },
        });
        MpiRunResult result = await scene.WithinAsync(15, () => MpiRun.RunAsync(command, 14));
        if (code is { } expected)
            Assert.True(result.ExitCode == expected, result.All);
        else
            Assert.True(result.ExitCode != 0, result.All);
        Assert.Contains(says, result.All, StringComparison.Ordinal);
        if (code == 0)
            Assert.Empty(result.Error);
        else if (code != 7 && code != 4)
            Assert.NotEmpty((result.Output + result.Error).Trim());
        Assert.True(result.Elapsed < TimeSpan.FromSeconds(10), result.All);
        await scene.NothingIsLeftAsync(2);
    }
}
