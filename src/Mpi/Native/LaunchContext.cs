using System.Globalization;

namespace PathosHpc;

/// <summary>What the environment tells a process about the launcher that started it. Reads variables only, so it is the same for any process.</summary>
internal sealed record LaunchContext
{
    /// <summary>The MPI that the launcher serves; null when no launcher started this process, or when it serves several.</summary>
    public MpiFlavor? Flavor { get; init; }

    /// <summary>Ranks that the launcher started, and the variable that says so.</summary>
    public int? Size { get; init; }
    public string? SizeVariable { get; init; }

    /// <summary>Ranks that it started on this node; null when it does not say.</summary>
    public int? LocalSize { get; init; }

    /// <summary>The library that the user named with PATHOS_MPI_LIB; null when none is named.</summary>
    public string? Library { get; init; }

    /// <summary>True when a PMIx server started this process: Open MPI mostly, but some MPICH too.</summary>
    public bool PmixOnly { get; init; }

    /// <param name="variable">The value of an environment variable, or null.</param>
    public static LaunchContext Read(Func<string, string?> variable)
    {
        string? library = variable("PATHOS_MPI_LIB") is { Length: > 0 } named ? named : null;
        LaunchContext context = IsOfNamed(variable)
            ? Sized(variable, null, variable("PATHOS_SIZE_VARIABLE"), null)
            : variable("OMPI_COMM_WORLD_RANK") is not null
            ? Sized(variable, MpiFlavor.OpenMpi, "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_SIZE")
            : variable("PMI_RANK") is not null
            ? Sized(variable, MpiFlavor.Mpich, "PMI_SIZE", "MPI_LOCALNRANKS")
            : Sized(variable, null, "SLURM_STEP_NUM_TASKS", null) with { PmixOnly = variable("PMIX_RANK") is not null };
        return context with { Library = library };
    }

    /// <summary>Whether a <see cref="CommandLauncher"/> named the variables that tell its ranks, and they are there.</summary>
    private static bool IsOfNamed(Func<string, string?> variable) =>
        variable("PATHOS_SIZE_VARIABLE") is { Length: > 0 } size && variable(size) is not null
        && (variable("PATHOS_RANK_VARIABLE") is not { Length: > 0 } rank || variable(rank) is not null);

    private static LaunchContext Sized(Func<string, string?> variable, MpiFlavor? flavor, string? size, string? localSize)
    {
        int? Number(string? name) => name is not null && int.TryParse(variable(name), NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : null;
        return new LaunchContext { Flavor = flavor, Size = Number(size), SizeVariable = size, LocalSize = Number(localSize) };
    }
}
