using System.Diagnostics;
using System.Net.Sockets;

namespace PathosHpc;

/// <summary>A worker process of a <see cref="ProcessPool"/>.</summary>
internal sealed class ProcessRank : LeafRank
{
    private readonly SocketCarrier carrier;
    private readonly int parent = ParentProcess.Id;
    private readonly string folder;

    private ProcessRank(string folder, SocketCarrier carrier, RankIdentity identity, RunningMark? mark, int heartbeatMilliseconds)
        : base(carrier, identity, mark, heartbeatMilliseconds) => (this.folder, this.carrier) = (folder, carrier);

    /// <summary>Connects to the pool whose private folder is given, and serves it to the end.</summary>
    public static int Serve(string folder, int number)
    {
        SocketCarrier carrier;
        Welcome welcome;
        try
        {
            var rendezvous = new Rendezvous(folder);
            carrier = rendezvous.Dial();
            carrier.Send(Hello.Of(number, [new RankPlace(Environment.MachineName, Environment.ProcessId)]).ToFrame());
            welcome = Rendezvous.AwaitWelcome(carrier);
        }
        catch (Exception e) when (e is LinkException or SocketException or IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"Worker {number} could not join its pool in {folder}: {e.Message}");
            new Rendezvous(folder).DeleteIfAbandoned();
            return 70;
        }
        var mark = welcome.RunningPath.Length > 0 ? new RunningMark(welcome.RunningPath, number) : null;
        new ProcessRank(folder, carrier, RankIdentity.Local(number, welcome.Size), mark, welcome.HeartbeatMilliseconds).Run();
        carrier.Dispose();
        return 0;
    }

    /// <summary>A message wakes the client, on a core that a worker may have.</summary>
    protected override long UnpumpedNanoseconds => 100_000;

    protected override void WaitForFrames(bool isIdle) => carrier.WaitForEither(isIdle ? 100 : LookMilliseconds);

    /// <summary>Either this worker was given up, or the client is gone without a word: then nobody else will remove the folder.</summary>
    protected override void LinkLost(LinkException cause)
    {
        new Rendezvous(folder).DeleteIfAbandoned();
        ThisProcess.End(0);
    }

    protected override void Abandon() => ThisProcess.End(75);

    protected override void Tick()
    {
        if (ParentProcess.Id != parent)
            LinkLost(new LinkException("The client is gone."));
        base.Tick();
    }

    protected override void Ended() => ThisProcess.End(0);
}
