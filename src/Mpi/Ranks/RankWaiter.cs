using System.Net.Sockets;

namespace PathosHpc;

/// <summary>How a rank waits for frames: it spins for a moment where cores suffice, then sleeps until it is rung or its client sends.</summary>
/// <param name="pump">Moves frames once for a thread that has nothing else to do, and tells whether any moved.</param>
/// <param name="pumpBesideItem">The same for the thread that stands in while an item is computed.</param>
/// <param name="client">The client's connection, on the root.</param>
/// <param name="ranksOnNode">Ranks that share this node's cores.</param>
/// <param name="allLocal">Whether all ranks are on this node, so that messages are rung for.</param>
/// <param name="besideItemMilliseconds">How long to wait at a time while an item is computed: for those messages that are not rung for then.</param>
internal sealed class RankWaiter(Doorbell bell, MpiPort port, Func<bool> pump, Func<bool> pumpBesideItem, SocketCarrier? client, int ranksOnNode, bool allLocal, int besideItemMilliseconds)
{
    /// <summary>Longer than a message takes there and back, shorter than anyone would notice on a bill.</summary>
    public static readonly TimeSpan SpinTime = TimeSpan.FromMicroseconds(50);

    // A message that MPI could not pass on at once is not rung for when it does; this bounds the wait for it.
    private const int LocalMilliseconds = 10, RemoteMilliseconds = 1;

    private readonly bool maySpin = ranksOnNode <= Environment.ProcessorCount;

    /// <summary>Waits until something may have come.</summary>
    /// <param name="idle">How long nothing has; zero while an item is computed on another thread.</param>
    /// <param name="besideItem">Whether an item is computed meanwhile.</param>
    public void Wait(TimeSpan idle, bool besideItem)
    {
        if (port.IsBusy)
        {
            if (!Thread.Yield())
                Thread.SpinWait(maySpin ? 50 : 500);
            return;
        }
        if (!besideItem && maySpin && idle < SpinTime)
        {
            Thread.SpinWait(10);
            return;
        }
        bell.FallAsleep(besideItem);
        if (!(besideItem ? pumpBesideItem() : pump()))
            Sleep(!allLocal ? RemoteMilliseconds : besideItem ? besideItemMilliseconds : LocalMilliseconds);
        bell.WakeUp(besideItem);
    }

    private void Sleep(int milliseconds)
    {
        if (client is null)
        {
            bell.Bell.Poll(TimeSpan.FromMilliseconds(milliseconds), SelectMode.SelectRead);
            return;
        }
        client.WaitForEither(milliseconds, bell.Bell);
    }
}
