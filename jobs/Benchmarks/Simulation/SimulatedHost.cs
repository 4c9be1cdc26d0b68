namespace PathosHpc.Benchmarks;

/// <summary>A process that coordinates: it takes one message at a time, and each costs it what it costs the real one.</summary>
internal sealed class SimulatedHost
{
    /// <summary>Half of what a chunk costs a coordinator, for the results that come and for the chunk that goes.</summary>
    private const double MessageSeconds = ChunkPolicy.CoordinatorSeconds / 2;

    /// <summary>One way over the network, and the bytes that it takes a second.</summary>
    private const double Latency = 2e-6, BytesPerSecond = 10e9;

    private readonly VirtualClock clock;
    private readonly Queue<Action> inbox = new();
    private bool isServing, dealWanted;
    private double time;

    public SimulatedHost(VirtualClock clock)
    {
        this.clock = clock;
        Coordinator = new Coordinator(() => dealWanted = true);
    }

    public Coordinator Coordinator { get; }

    public VirtualClock Clock => clock;

    /// <summary>Seconds that it was not idle.</summary>
    public double BusySeconds { get; private set; }

    /// <summary>Whatever is done on its behalf while it serves nothing: opening a map.</summary>
    public void Arrive(Action message)
    {
        inbox.Enqueue(message);
        if (isServing)
            return;
        isServing = true;
        clock.At(Math.Max(clock.Now, time), Serve);
    }

    /// <summary>Sends bytes to whoever takes them when they are there.</summary>
    public void Send(long bytes, Action taken)
    {
        Spend();
        clock.At(time + Latency + (bytes / BytesPerSecond), taken);
    }

    /// <summary>When bytes that leave now are there.</summary>
    public static double Arrival(double now, long bytes) => now + Latency + (bytes / BytesPerSecond);

    private void Serve()
    {
        time = clock.Now;
        Spend();
        inbox.Dequeue()();
        while (dealWanted)
        {
            dealWanted = false;
            Coordinator.Deal();
        }
        isServing = inbox.Count > 0;
        if (isServing)
            clock.At(time, Serve);
    }

    private void Spend()
    {
        time += MessageSeconds;
        BusySeconds += MessageSeconds;
    }
}
