namespace PathosHpc;

/// <summary>Carries frames to and from one other process, in order, without ever blocking.</summary>
internal abstract class Carrier : IDisposable
{
    /// <summary>Queues a frame and sends what can be sent at once.</summary>
    /// <returns>Whether everything is on its way; otherwise <see cref="Flush"/> is to be called again.</returns>
    public abstract bool Send(Frame frame);

    /// <summary>Sends what can be sent at once.</summary>
    public abstract bool Flush();

    /// <summary>The next frame, if one has come whole.</summary>
    /// <exception cref="LinkException">The other side is gone, or speaks something else.</exception>
    public abstract bool TryReceive(out Frame frame);

    /// <summary>When something last came, by <see cref="Environment.TickCount64"/>.</summary>
    public abstract long LastHeard { get; }

    public abstract void Dispose();
}
