using System.Diagnostics.CodeAnalysis;

namespace PathosHpc;

/// <summary>MPI in this process: initialised once, finalized once, and ended with the process. A process that returns 0 waits, napping, for the
/// other ranks and finalizes; one that ends with another exit code or an unhandled exception ends the world with it.</summary>
internal sealed unsafe class MpiEnvironment
{
    /// <summary>How long MPI_Finalize may take at the end of a process; Debian's MPICH can hang there.</summary>
    public static readonly TimeSpan FinalizeLimit = TimeSpan.FromSeconds(10);

    private static readonly Lock gate = new();
    private static MpiEnvironment? current;
    private static MpiAbi? abi;
    private static volatile bool finalized;

    private readonly List<ElementDatatype> elementTypes = [];

    private MpiEnvironment(MpiLibrary library, LaunchContext context)
    {
        MpiCheck.That(MpiNative.MPI_Comm_set_errhandler(library.Abi.CommWorld, library.Abi.ErrorsReturn), "MPI_Comm_set_errhandler");
        MpiCheck.That(MpiNative.MPI_Comm_set_errhandler(library.Abi.CommSelf, library.Abi.ErrorsReturn), "MPI_Comm_set_errhandler");
        World = new Communicator(library.Abi.CommWorld, "World");
        Self = new Communicator(library.Abi.CommSelf, "Self");
        Library = $"{library.Path} ({MpiCheck.LibraryVersion()})";
        Flavor = MpiFlavorNames.Of(library.Abi.Flavor);
        LocalSize = context.LocalSize ?? World.Size;
        int* tagUpperBound;
        int found = 0;
        MpiCheck.That(MpiNative.MPI_Comm_get_attr(library.Abi.CommWorld, library.Abi.TagUpperBound, &tagUpperBound, &found), "MPI_Comm_get_attr");
        MaxTag = found != 0 ? *tagUpperBound : short.MaxValue;
    }

    /// <summary>True from the first <see cref="Initialize"/> until MPI is finalized.</summary>
    public static bool IsInitialized => Volatile.Read(ref current) is not null && !finalized;

    /// <summary>All ranks.</summary>
    public Communicator World { get; }

    /// <summary>This rank alone.</summary>
    public Communicator Self { get; }

    /// <summary>The library's file and what it says of itself.</summary>
    public string Library { get; }

    /// <summary>"MPICH", "Open MPI" or "MPI-5 ABI".</summary>
    public string Flavor { get; }

    /// <summary>The largest tag that may be used.</summary>
    public int MaxTag { get; }

    /// <summary>Ranks on this node, this one included; the size of the world where the launcher does not say.</summary>
    public int LocalSize { get; }

    /// <summary>The table of the library in use; only after <see cref="Initialize"/> has chosen it.</summary>
    internal static MpiAbi Abi => abi!;

    /// <summary>Initialises MPI at the first call; the same object ever after.</summary>
    /// <param name="beforeInit">Called just before MPI_Init is, which mostly waits.</param>
    /// <exception cref="MpiException">There is no MPI library, it does not fit the launcher, or MPI was finalized.</exception>
    public static MpiEnvironment Initialize(Action? beforeInit = null)
    {
        if (finalized)
            throw new MpiException(MpiErrorKind.NotUsable, "MPI was finalized in this process and cannot be used again. Finish all communication before.");
        if (Volatile.Read(ref current) is { } ready)
            return ready;
        lock (gate)
        {
            if (current is null)
            {
                Volatile.Write(ref current, Start(LaunchContext.Read(Environment.GetEnvironmentVariable), beforeInit));
                AppDomain.CurrentDomain.ProcessExit += (_, _) => MpiProcessEnd.AtExit(current!);
                AppDomain.CurrentDomain.UnhandledException += (_, e) => MpiProcessEnd.AtUnhandledException(current!, e.ExceptionObject);
            }
            return current;
        }
    }

    /// <summary>Finalizes MPI. The ranks' communication must be over.</summary>
    /// <param name="watchdog">How long to wait for MPI_Finalize.</param>
    /// <returns>False when it did not return in time: then only <see cref="Exit"/> ends this process surely.</returns>
    public bool Finalize(TimeSpan watchdog)
    {
        lock (gate)
        {
            if (finalized)
                return true;
            finalized = true;
        }
        FreeElementTypes();
        var thread = new Thread(() => _ = MpiNative.MPI_Finalize(), 1 << 20) { IsBackground = true, Name = "MPI_Finalize" };
        thread.Start();
        return thread.Join(watchdog);
    }

    /// <summary>Ends all ranks. Does not return.</summary>
    [DoesNotReturn]
    [SuppressMessage("Performance", "CA1822", Justification = "It acts on this environment, of which there is one.")]
    public void Abort(int code)
    {
        // MPI_Abort may wait for a lock that a thread inside MPI holds; the launcher ends the others in any case.
        var thread = new Thread(() => _ = MpiNative.MPI_Abort(Abi.CommWorld, code), 1 << 20) { IsBackground = true, Name = "MPI_Abort" };
        thread.Start();
        thread.Join(TimeSpan.FromSeconds(5));
        Exit(code);
    }

    /// <summary>Ends this process at once, without any exit handler, such as those of a libmpi that hangs.</summary>
    [DoesNotReturn]
    public static void Exit(int code)
    {
        Console.Out.Flush();
        Console.Error.Flush();
        LibC._exit(code);
        throw new InvalidOperationException("_exit returned.");
    }

    /// <summary>A committed datatype of <paramref name="size"/> bytes, so that the length of any span fits a count.</summary>
    internal nint ElementType(int size)
    {
        lock (elementTypes)
        {
            foreach (ElementDatatype known in elementTypes)
            {
                if (known.Size == size)
                    return known.Handle;
            }
            nint type;
            MpiCheck.That(MpiNative.MPI_Type_contiguous(size, Abi.Byte, &type), "MPI_Type_contiguous");
            MpiCheck.That(MpiNative.MPI_Type_commit(&type), "MPI_Type_commit");
            elementTypes.Add(new ElementDatatype(size, type));
            return type;
        }
    }

    private void FreeElementTypes()
    {
        lock (elementTypes)
        {
            foreach (ElementDatatype type in elementTypes)
            {
                nint freed = type.Handle;
                _ = MpiNative.MPI_Type_free(&freed);
            }
            elementTypes.Clear();
        }
    }

    private static MpiEnvironment Start(LaunchContext context, Action? beforeInit)
    {
        MpiLibrary library;
        int provided = 0;
        UcxSettings.Apply();
        using (new SignalGuard())
        {
            library = MpiLibrary.Load(context);
            abi = library.Abi;
            using var watch = new InitWatch(context);
            beforeInit?.Invoke();
            MpiCheck.That(MpiNative.MPI_Init_thread(0, 0, abi.ThreadMultiple, &provided), "MPI_Init_thread");
        }
        var environment = new MpiEnvironment(library, context);
        if (provided < abi.ThreadMultiple)
        {
            environment.Finalize(FinalizeLimit);
            throw new MpiException(MpiErrorKind.NotUsable, $"The MPI library {environment.Library} was built without support for several threads (it gives level {provided} "
                + "of those of MPI_Init_thread). Use a build of it that gives MPI_THREAD_MULTIPLE.");
        }
        Backoff.Configure(environment.LocalSize);
        if (context.Size is { } expected && expected > 1 && environment.World.Size == 1)
        {
            environment.Finalize(FinalizeLimit);
            throw new MpiException(MpiErrorKind.LauncherMismatch, $"The launcher started {expected} ranks ({context.SizeVariable}={expected}), but the MPI library {environment.Library} "
                + "sees a world of size 1: the launcher belongs to another MPI. Use the mpiexec of the same MPI (with srun: --mpi=pmi2 for MPICH, --mpi=pmix for Open MPI), or name the launcher's library with PATHOS_MPI_LIB.");
        }
        return environment;
    }

    /// <summary>A committed datatype of so many bytes.</summary>
    private sealed record ElementDatatype(int Size, nint Handle);
}
