namespace PathosHpc.Benchmarks;

/// <summary>An MPI as it is installed on this machine.</summary>
/// <param name="Name">Its name in the results.</param>
/// <param name="MpiexecName">The program that starts its ranks.</param>
/// <param name="CompilerName">The program that compiles C for it.</param>
/// <param name="LibraryName">Its library.</param>
internal sealed record Mpi(string Name, string MpiexecName, string CompilerName, string LibraryName)
{
    /// <summary>The MPIs that are looked for.</summary>
    public static IReadOnlyList<Mpi> Known { get; } =
    [
        new("mpich", "mpiexec.hydra", "mpicc.mpich", "libmpich.so.12"),
        new("openmpi", "mpiexec.openmpi", "mpicc.openmpi", "libmpi.so.40"),
    ];

    /// <summary>Path of its mpiexec, or null.</summary>
    public string? Mpiexec => FindOnPath(MpiexecName);

    /// <summary>Path of its C compiler, or null.</summary>
    public string? Compiler => FindOnPath(CompilerName);

    /// <summary>The arguments of its mpiexec that start a program.</summary>
    /// <param name="ranks">How many.</param>
    /// <param name="program">Its path.</param>
    /// <param name="isBound">Whether Open MPI may bind each rank to one core, as it does with two ranks: good for a program of one thread, bad for a runtime of several.</param>
    public IEnumerable<string> Launch(int ranks, string program, bool isBound = true) =>
        Name == "openmpi" ? ["--allow-run-as-root", "--oversubscribe", .. isBound ? Array.Empty<string>() : ["--bind-to", "none"], "-n", $"{ranks}", program] : ["-n", $"{ranks}", program];

    private static string? FindOnPath(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
}
