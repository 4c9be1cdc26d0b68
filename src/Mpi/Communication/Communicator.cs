namespace PathosHpc;

/// <summary>A group of ranks that exchange messages, as MPI's own communicators do. One program runs on all ranks
/// (<c>mpiexec -n 8 dotnet App.dll</c>); the same binary works under MPICH and Open MPI.</summary>
/// <example><code>
/// Communicator world = Communicator.World;
/// double part = Integrate(world.Rank, world.Size);
/// double whole = world.AllReduce(part, Reduction.Sum);
/// if (world.Rank == 0) Console.WriteLine(whole);
/// </code></example>
/// <remarks>
/// <para>Spans of unmanaged types travel without copies, in the machine's own representation; any other object is encoded. A span sent is received
/// as a span, an object as an object. Messages may be longer than 2 GiB.</para>
/// <para>MPI is initialised at the first use and finalized when the process ends with exit code 0. Any other exit code, and an exception that
/// nobody catches, ends all ranks. Waits end when a rank dies because the launcher then ends all.</para>
/// <para>Collective operations (all but Send, Receive and Probe) must be called by all ranks of the communicator in the same order, by one thread each.
/// Several threads may otherwise use a communicator at once.</para>
/// </remarks>
public sealed partial class Communicator : IDisposable
{
    /// <summary>In place of a rank: any.</summary>
    public const int AnySource = -1;

    /// <summary>In place of a tag: any.</summary>
    public const int AnyTag = -1;

    private readonly string name;
    private readonly bool derived;
    private nint handle;
    private nint shadow;

    internal unsafe Communicator(nint handle, string name, bool derived = false)
    {
        (this.handle, this.name, this.derived) = (handle, name, derived);
        int value = 0;
        MpiCheck.That(MpiNative.MPI_Comm_rank(handle, &value), "MPI_Comm_rank");
        Rank = value;
        MpiCheck.That(MpiNative.MPI_Comm_size(handle, &value), "MPI_Comm_size");
        Size = value;
    }

    /// <summary>All ranks that the launcher started; a program started without one is a world of one rank. The first use initialises MPI.</summary>
    /// <exception cref="MpiException">There is no MPI library, or it is not the launcher's.</exception>
    public static Communicator World => MpiEnvironment.Initialize().World;

    /// <summary>This rank alone.</summary>
    /// <exception cref="MpiException">There is no MPI library, or it is not the launcher's.</exception>
    public static Communicator Self => MpiEnvironment.Initialize().Self;

    /// <summary>This process's number in the communicator, from 0 to <see cref="Size"/> - 1.</summary>
    public int Rank { get; }

    /// <summary>The number of ranks in the communicator.</summary>
    public int Size { get; }

    /// <summary>The largest tag that a message may have; at least 32767.</summary>
    public static int MaxTag => MpiEnvironment.Initialize().MaxTag;

    /// <summary>The MPI library in use: its file and its own words on its version.</summary>
    public static string LibraryVersion => MpiEnvironment.Initialize().Library;

    private nint Handle
    {
        get
        {
            ObjectDisposedException.ThrowIf(handle == 0, this);
            if (!MpiEnvironment.IsInitialized)
                throw new MpiException(MpiErrorKind.NotUsable, "MPI was finalized in this process and cannot be used again. Finish all communication before.");
            return handle;
        }
    }

    /// <summary>A communicator of the same ranks whose messages never meet those of this one. Collective.</summary>
    public unsafe Communicator Duplicate()
    {
        nint duplicate = 0;
        MpiCheck.That(MpiNative.MPI_Comm_dup(Handle, &duplicate), "MPI_Comm_dup");
        return new Communicator(duplicate, $"{name}'", derived: true);
    }

    /// <summary>Divides the ranks: those of equal color form a communicator. Collective.</summary>
    /// <param name="color">Which part this rank joins, from 0; null joins none.</param>
    /// <param name="key">Ranks of a part are numbered by rising key, equal keys by their rank here.</param>
    /// <returns>This rank's part, or null when it joined none.</returns>
    public unsafe Communicator? Split(int? color, int key = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(color ?? 0, nameof(color));
        nint part = 0;
        MpiCheck.That(MpiNative.MPI_Comm_split(Handle, color ?? MpiEnvironment.Abi.Undefined, key, &part), "MPI_Comm_split");
        return color is null ? null : new Communicator(part, $"{name}/{color}", derived: true);
    }

    /// <summary>Ends all ranks of the world at once, with this exit code. Does not return.</summary>
    [System.Diagnostics.CodeAnalysis.DoesNotReturn]
    public static void Abort(int exitCode) => MpiEnvironment.Initialize().Abort(exitCode);

    /// <summary>Frees a communicator made by <see cref="Split"/> or <see cref="Duplicate"/>. Collective. World and Self are not freed: they live as
    /// long as MPI. One that nobody disposes costs memory until the process ends, nothing else.</summary>
    public unsafe void Dispose()
    {
        if (handle == 0 || !derived)
            return;
        nint freed = handle, freedShadow = shadow;
        (handle, shadow) = (0, 0);
        if (!MpiEnvironment.IsInitialized)
            return;
        if (freedShadow != 0)
            MpiCheck.That(MpiNative.MPI_Comm_free(&freedShadow), "MPI_Comm_free");
        MpiCheck.That(MpiNative.MPI_Comm_free(&freed), "MPI_Comm_free");
    }

    /// <summary>Its name, this rank and the size.</summary>
    public override string ToString() => $"{name}: rank {Rank} of {Size}";

    /// <summary>Where collectives of objects send their parts, so that no receive of the user's can take them. Made by the first of them.</summary>
    private unsafe nint Shadow
    {
        get
        {
            if (shadow == 0)
            {
                nint duplicate = 0;
                MpiCheck.That(MpiNative.MPI_Comm_dup(Handle, &duplicate), "MPI_Comm_dup");
                shadow = duplicate;
            }
            return shadow;
        }
    }

    private void CheckRank(int rank, string parameter)
    {
        if ((uint)rank >= (uint)Size)
            throw new ArgumentOutOfRangeException(parameter, rank, $"{rank} is not a rank of this communicator, which has the ranks 0 to {Size - 1}.");
    }
}
