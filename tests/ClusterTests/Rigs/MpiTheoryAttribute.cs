namespace PathosHpc.ClusterTests;

/// <summary>A test that needs the mpiexec of both MPICH and Open MPI.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class MpiTheoryAttribute : TheoryAttribute
{
    public MpiTheoryAttribute() => Skip = MpiRun.Missing;
}

/// <summary>A test that needs the mpiexec of both MPICH and Open MPI, and enough memory for messages beyond 2 GiB.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class LargeMpiTheoryAttribute : TheoryAttribute
{
    private const long NeededGigabytes = 8;

    public LargeMpiTheoryAttribute() => Skip = MpiRun.Missing ?? (AvailableGigabytes() < NeededGigabytes
        ? $"A message beyond 2 GiB needs {NeededGigabytes} GB of free memory for both ranks; {AvailableGigabytes()} GB are free." : null);

    private static long AvailableGigabytes() =>
        long.Parse(File.ReadLines("/proc/meminfo").First(line => line.StartsWith("MemAvailable:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
            System.Globalization.CultureInfo.InvariantCulture) >> 20;
}
