namespace PathosHpc.Tests.Journals;

public class JournalKillTests
{
    private static readonly string rig = Path.Combine(AppContext.BaseDirectory.Replace("/Tests/bin", "/Rigs/FaultRig/bin", StringComparison.Ordinal), "PathosHpc.FaultRig.dll");

    [Theory]
    [InlineData("serial", 50)]
    [InlineData("threads", 70)]
    [InlineData("processes", 50)]
    public Task A_program_killed_at_random_loses_no_result_that_was_seen(string kind, int kills) => JournalKills.RunAsync(rig, kind, kills);
}
