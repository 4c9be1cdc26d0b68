namespace PathosHpc.Benchmarks;

/// <summary>Time that passes only from one event to the next.</summary>
internal sealed class VirtualClock
{
    private readonly PriorityQueue<Action, (double Seconds, long Number)> events = new();
    private long number;

    /// <summary>Seconds since the start.</summary>
    public double Now { get; private set; }

    /// <summary>Has something happen.</summary>
    public void At(double seconds, Action happens) => events.Enqueue(happens, (seconds, number++));

    /// <summary>Lets everything happen.</summary>
    public void Run()
    {
        while (events.TryDequeue(out Action? happens, out var when))
        {
            Now = when.Seconds;
            happens();
        }
    }
}
