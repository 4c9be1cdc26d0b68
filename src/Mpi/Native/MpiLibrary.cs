using System.Reflection;
using System.Runtime.InteropServices;

namespace PathosHpc;

/// <summary>Finds libmpi, tells its ABI by the symbols it exports, and binds <see cref="MpiNative"/> to it.</summary>
internal sealed record MpiLibrary(nint Handle, string Path, MpiAbi Abi)
{
    private static readonly string[] openMpiNames = ["libmpi.so.40", "libmpi.so"];
    private static readonly string[] mpichNames = ["libmpich.so.12", "libmpi.so.12", "libmpich.so"];
    private static readonly string[] standardNames = ["libmpi_abi.so.1", "libmpi_abi.so.0"];

    private static readonly string[] sideFolders =
        ["/usr/lib64/openmpi/lib", "/usr/lib64/mpich/lib", "/usr/local/lib", "/opt/openmpi/lib", "/opt/mpich/lib"];

    private static nint bound;

    /// <summary>Loads the library that fits <paramref name="context"/>. Call it under a <see cref="SignalGuard"/>.</summary>
    /// <exception cref="MpiException">There is none, or the one named is of another MPI than the launcher.</exception>
    public static MpiLibrary Load(LaunchContext context)
    {
        MpiLibrary library = context.Library is { } named ? LoadNamed(named, context) : LoadInstalled(context);
        if (Interlocked.Exchange(ref bound, library.Handle) == 0)
            NativeLibrary.SetDllImportResolver(Assembly.GetExecutingAssembly(), static (name, _, _) => name == MpiNative.Library ? bound : 0);
        return library;
    }

    /// <summary>The names to try, in order, for a flavor; null asks for any.</summary>
    public static IReadOnlyList<string> Candidates(MpiFlavor? flavor, bool pmixOnly) => flavor switch
    {
        MpiFlavor.OpenMpi => [.. openMpiNames, .. standardNames],
        MpiFlavor.Mpich => [.. mpichNames, .. standardNames],
        _ when pmixOnly => [.. openMpiNames, .. mpichNames, .. standardNames],
        _ => [.. mpichNames, .. openMpiNames, .. standardNames],
    };

    /// <summary>The ABI of a library, told by what it exports: names are no guide, for libmpi.so is the name of several.</summary>
    public static MpiFlavor? Classify(string path, Func<string, bool> exports)
    {
        if (exports("ompi_mpi_comm_world"))
            return MpiFlavor.OpenMpi;
        if (exports("MPI_Abi_get_version") && System.IO.Path.GetFileName(path).StartsWith("libmpi_abi", StringComparison.Ordinal))
            return MpiFlavor.Standard;
        return exports("MPI_Init_thread") ? MpiFlavor.Mpich : null;
    }

    private static MpiLibrary LoadNamed(string named, LaunchContext context)
    {
        if (TryOpen(named) is not { } library)
        {
            throw new MpiException(MpiErrorKind.LibraryMissing, $"PATHOS_MPI_LIB names the MPI library '{named}', but it cannot be loaded as one. "
                + "Set the variable to the path of a libmpi of this machine's architecture, or remove it to use the one that is installed.");
        }
        if (context.Flavor is { } launcher && library.Abi.Flavor != MpiFlavor.Standard && library.Abi.Flavor != launcher)
        {
            throw new MpiException(MpiErrorKind.LauncherMismatch, $"PATHOS_MPI_LIB names '{named}', which is {MpiFlavorNames.Of(library.Abi.Flavor)}, "
                + $"but this rank was started by the mpiexec of {MpiFlavorNames.Of(launcher)}: each rank would be alone in a world of size 1. "
                + "Start it with the mpiexec of the same MPI, or remove PATHOS_MPI_LIB so that the library follows the launcher.");
        }
        return library;
    }

    private static MpiLibrary LoadInstalled(LaunchContext context)
    {
        IReadOnlyList<string> names = Candidates(context.Flavor, context.PmixOnly);
        foreach (string folder in (IEnumerable<string>)["", .. sideFolders])
        {
            foreach (string name in names)
            {
                if (TryOpen(System.IO.Path.Combine(folder, name)) is { } library
                    && (context.Flavor is null || library.Abi.Flavor == context.Flavor || library.Abi.Flavor == MpiFlavor.Standard))
                    return library;
            }
        }
        string whose = context.Flavor is { } flavor ? $" of {MpiFlavorNames.Of(flavor)}, whose mpiexec started this rank," : "";
        string packages = context.Flavor switch
        {
            MpiFlavor.OpenMpi => "openmpi-bin and libopenmpi3",
            MpiFlavor.Mpich => "mpich and libmpich12",
            _ => "mpich (or openmpi-bin and libopenmpi3)",
        };
        throw new MpiException(MpiErrorKind.LibraryMissing, $"No MPI library{whose} was found. Tried {string.Join(", ", names)} by the system's search order "
            + $"and in {string.Join(", ", sideFolders)}. On Debian install {packages}; elsewhere load your site's MPI module, or set PATHOS_MPI_LIB to the library's path.");
    }

    private static MpiLibrary? TryOpen(string path)
    {
        if (!NativeLibrary.TryLoad(path, out nint handle))
            return null;
        MpiFlavor? flavor = Classify(path, symbol => NativeLibrary.TryGetExport(handle, symbol, out _));
        // A library that was refused stays loaded: unloading one with threads or signal handlers is worse.
        return flavor switch
        {
            MpiFlavor.OpenMpi => new MpiLibrary(handle, path, MpiAbi.OpenMpi(symbol => NativeLibrary.GetExport(handle, symbol))),
            MpiFlavor.Mpich => new MpiLibrary(handle, path, MpiAbi.Mpich()),
            MpiFlavor.Standard => new MpiLibrary(handle, path, MpiAbi.Standard()),
            _ => null,
        };
    }
}
