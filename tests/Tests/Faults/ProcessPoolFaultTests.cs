namespace PathosHpc.Tests;

/// <summary>What <see cref="ProcessPool"/> does when things break.</summary>
public sealed class ProcessPoolFaultTests : FaultContract
{
    private protected override string ClientKind => "processes";

    private protected override Pool NewPool(int size = 2, TimeSpan? heartbeat = null) => Scene.Add(new ProcessPool(Options with
    {
        Workers = size, HeartbeatTimeout = heartbeat ?? Options.HeartbeatTimeout,
    }));

    private protected override Pool NewPoolIn(string folder) => Scene.Add(new ProcessPool(Options with { WorkFolder = folder }));

    private ProcessPoolOptions Options => new() { Workers = 2, WorkFolder = Scene.Work };
}
