namespace PathosHpc;

/// <content>Reductions that MPI computes itself.</content>
public sealed unsafe partial class Communicator
{
    /// <summary>Reduces one value of each rank; every rank gets the result.</summary>
    /// <typeparam name="T">int, long, float or double.</typeparam>
    public T AllReduce<T>(T value, Reduction reduction) where T : unmanaged
    {
        T result = default;
        AllReduce(new ReadOnlySpan<T>(in value), new Span<T>(ref result), reduction);
        return result;
    }

    /// <summary>Reduces the ranks' values element by element; every rank gets the results.</summary>
    /// <typeparam name="T">int, long, float or double.</typeparam>
    /// <param name="values">This rank's values; of the same length on all ranks.</param>
    /// <param name="results">Room for as many results; may be <paramref name="values"/> itself.</param>
    /// <param name="reduction">What to compute.</param>
    public void AllReduce<T>(ReadOnlySpan<T> values, Span<T> results, Reduction reduction) where T : unmanaged
    {
        CheckTotal(results.Length, values.Length, nameof(results));
        CheckOverlap(values, results);
        (nint type, nint operation) = (NativeType<T>(), NativeOperation(reduction));
        nint request = 0;
        fixed (T* send = values, receive = results)
        {
            MpiCheck.That(MpiNative.MPI_Iallreduce(InPlaceOr(send, receive), receive, values.Length, type, operation, Handle, &request), "MPI_Iallreduce");
            MpiRequest.Wait(&request, "MPI_Iallreduce", (long)values.Length * sizeof(T));
        }
    }

    /// <summary>Reduces one value of each rank; the root gets the result, the others the default.</summary>
    /// <typeparam name="T">int, long, float or double.</typeparam>
    public T Reduce<T>(T value, Reduction reduction, int root = 0) where T : unmanaged
    {
        T result = default;
        Reduce(new ReadOnlySpan<T>(in value), new Span<T>(ref result), reduction, root);
        return result;
    }

    /// <summary>Reduces the ranks' values element by element; the root gets the results.</summary>
    /// <typeparam name="T">int, long, float or double.</typeparam>
    /// <param name="values">This rank's values; of the same length on all ranks.</param>
    /// <param name="results">At the root, room for as many results, which may be <paramref name="values"/> itself; elsewhere not used.</param>
    /// <param name="reduction">What to compute.</param>
    /// <param name="root">The rank that gets the results.</param>
    public void Reduce<T>(ReadOnlySpan<T> values, Span<T> results, Reduction reduction, int root = 0) where T : unmanaged
    {
        CheckRank(root, nameof(root));
        if (Rank == root)
            CheckTotal(results.Length, values.Length, nameof(results));
        CheckOverlap(values, results);
        (nint type, nint operation) = (NativeType<T>(), NativeOperation(reduction));
        nint request = 0;
        fixed (T* send = values, receive = results)
        {
            MpiCheck.That(MpiNative.MPI_Ireduce(Rank == root ? InPlaceOr(send, receive) : send, receive, values.Length, type, operation, root, Handle, &request), "MPI_Ireduce");
            MpiRequest.Wait(&request, "MPI_Ireduce", (long)values.Length * sizeof(T));
        }
    }

    private static void CheckOverlap<T>(ReadOnlySpan<T> values, Span<T> results) where T : unmanaged
    {
        if (values.Overlaps(results, out int offset) && offset != 0)
            throw new ArgumentException("The results overlap the values in part: give the same memory, or memory of their own.", nameof(results));
    }

    private static void* InPlaceOr<T>(T* send, T* receive) where T : unmanaged => send == receive && send != null ? (void*)MpiEnvironment.Abi.InPlace : send;

    private static nint NativeType<T>() where T : unmanaged =>
        typeof(T) == typeof(int) ? MpiEnvironment.Abi.Int32
        : typeof(T) == typeof(long) ? MpiEnvironment.Abi.Int64
        : typeof(T) == typeof(float) ? MpiEnvironment.Abi.Float
        : typeof(T) == typeof(double) ? MpiEnvironment.Abi.Double
        : throw new ArgumentException($"MPI cannot reduce {typeof(T)}: use int, long, float or double, or give a function that combines two values.");

    private static nint NativeOperation(Reduction reduction) => reduction switch
    {
        Reduction.Sum => MpiEnvironment.Abi.Sum,
        Reduction.Min => MpiEnvironment.Abi.Min,
        Reduction.Max => MpiEnvironment.Abi.Max,
        Reduction.Product => MpiEnvironment.Abi.Product,
        _ => throw new ArgumentOutOfRangeException(nameof(reduction), reduction, $"{reduction} is not a reduction: use Sum, Min, Max or Product."),
    };
}
