namespace PathosHpc;

/// <summary>Bytes that came for one reader and were not read, in the memory that they were received in. Whoever puts them there never waits.</summary>
/// <remarks>A reader that blocks is woken directly: by way of the thread pool each piece of a long stream would cost more than all else that is done with it.</remarks>
internal sealed class ArrivedBytes
{
    /// <summary>What is shorter does not hold the memory of all that came with it.</summary>
    private const int CopiedUpTo = 4096;

    private readonly object gate = new(); // waited on
    private readonly Queue<(ReceiveMemory Memory, int Start, int Count)> pieces = new();
    private (ReceiveMemory? Memory, int Start, int Count) current;
    private TaskCompletionSource? waiting;
    private Exception? failure;
    private bool isComplete;

    public void Put(ReceiveMemory memory, int start, int count)
    {
        if (count == 0)
            return;
        lock (gate)
        {
            if (isComplete)
                return;
            pieces.Enqueue(count > CopiedUpTo ? (memory.Hold(), start, count) : (ReceiveMemory.Copy(memory.Bytes.AsSpan(start, count)), 0, count));
            Wake();
        }
    }

    /// <summary>Nothing comes any more. What is here is still read, and then the exception told if there is one.</summary>
    public void Complete(Exception? exception = null)
    {
        lock (gate)
        {
            if (isComplete)
                return;
            (isComplete, failure) = (true, exception);
            Wake();
        }
    }

    /// <summary>Reads what is there, and waits for something if there is nothing.</summary>
    /// <returns>How many bytes; 0 at the end.</returns>
    public int Read(Span<byte> to)
    {
        lock (gate)
        {
            while (!IsReady())
                Monitor.Wait(gate);
        }
        return Take(to);
    }

    public async ValueTask<int> ReadAsync(Memory<byte> to, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task coming;
            lock (gate)
            {
                if (IsReady())
                    break;
                coming = (waiting ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }
            await coming.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        return Take(to.Span);
    }

    private void Wake()
    {
        Monitor.PulseAll(gate);
        waiting?.TrySetResult();
        waiting = null;
    }

    /// <summary>Whether there is something to take, or the end. Under the lock.</summary>
    private bool IsReady()
    {
        if (current.Memory is not null || isComplete && pieces.Count == 0)
            return true;
        if (!pieces.TryDequeue(out var next))
            return false;
        current = next;
        return true;
    }

    /// <summary>Only the reader uses the current piece.</summary>
    private int Take(Span<byte> to)
    {
        int taken = 0;
        while (current.Memory is { } memory)
        {
            int count = Math.Min(to.Length - taken, current.Count);
            memory.Bytes.AsSpan(current.Start, count).CopyTo(to[taken..]);
            taken += count;
            if (count < current.Count)
            {
                current = (memory, current.Start + count, current.Count - count);
                return taken;
            }
            memory.Release();
            lock (gate)
                current = pieces.TryDequeue(out var next) ? next : default;
        }
        return taken > 0 || failure is null ? taken : throw failure;
    }
}
