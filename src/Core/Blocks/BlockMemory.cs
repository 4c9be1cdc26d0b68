namespace PathosHpc;

/// <summary>The memory that a frame of items came in. It is used again once all of them were answered and none of it is being sent: until then they may be
/// dealt again.</summary>
/// <param name="frame">The frame's body.</param>
/// <param name="items">Items in it.</param>
internal sealed class BlockMemory(Payload frame, int items)
{
    private int uses = items;

    /// <summary>A part of it is being sent.</summary>
    public void Hold() => Interlocked.Increment(ref uses);

    /// <summary>So many items were answered, or so many parts were sent.</summary>
    public void Release(int count)
    {
        if (Interlocked.Add(ref uses, -count) == 0)
            frame.Recycle();
    }
}
