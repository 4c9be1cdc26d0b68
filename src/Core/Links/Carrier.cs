namespace PathosHpc;

/// <summary>Carries frames to and from one other process, in order, without ever blocking.</summary>
internal abstract class Carrier : IDisposable
{
    /// <summary>Queues a frame and sends what can be sent at once.</summary>
    /// <param name="head">The beginning of the body; copied, so that it may be written anew at once.</param>
    /// <param name="tail">The rest of the body; kept until it is sent.</param>
    /// <returns>Whether everything is on its way; otherwise <see cref="Flush"/> is to be called again.</returns>
    public abstract bool Send(FrameKind kind, int map, ReadOnlySpan<byte> head, Payload tail);

    /// <inheritdoc cref="Send(FrameKind, int, ReadOnlySpan{byte}, Payload)"/>
    public bool Send(Frame frame) => Send(frame.Kind, frame.Map, [], frame.Body);

    /// <summary>Sends what can be sent at once.</summary>
    public abstract bool Flush();

    /// <summary>The next frame, if one has come whole.</summary>
    /// <exception cref="LinkException">The other side is gone, or speaks something else.</exception>
    public abstract bool TryReceive(out Frame frame);

    /// <summary>When something last came, by <see cref="Environment.TickCount64"/>.</summary>
    public abstract long LastHeard { get; }

    /// <summary>Waits until something can be received, at most <paramref name="milliseconds"/>.</summary>
    public virtual void WaitToReceive(int milliseconds) => Thread.Sleep(milliseconds);

    /// <summary>Waits until some of what is queued can be sent, at most <paramref name="milliseconds"/>.</summary>
    public virtual void WaitToSend(int milliseconds) => Thread.Sleep(milliseconds);

    public abstract void Dispose();
}
