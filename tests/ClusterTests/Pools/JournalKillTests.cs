using PathosHpc.Tests;

namespace PathosHpc.ClusterTests;

/// <summary>With those of the pools without MPI, 200 kills.</summary>
public class JournalKillTests
{
    private static readonly string rig = MpiRun.Rig.Replace("CommunicatorRig", "FaultRig", StringComparison.Ordinal);

    [Theory]
    [InlineData("mpiexec.hydra")]
    [InlineData("mpiexec.openmpi")]
    public Task A_program_killed_at_random_loses_no_result_that_was_seen(string mpiexec) => JournalKills.RunAsync(rig, mpiexec, 15);
}
