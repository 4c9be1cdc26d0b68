using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace PathosHpc;

/// <summary>Gathers the results of consecutive items until they are handed over together. Made once for a lane and a map.</summary>
internal sealed class ResultRun<TResult>(int map, bool encode, RankIdentity identity)
{
    /// <summary>Bytes that are put at a time, at most, where results are memory.</summary>
    public const int RunBytes = 1 << 18;

    private const int PassedOnAt = 1 << 20;
    private readonly BlockEncoder<TResult>? encoder = encode ? new("result") : null;
    private readonly List<TResult> values = [];
    private ComputeOutput output = null!;
    private long next;
    private long began;

    private int Count => encoder?.Count ?? values.Count;

    /// <summary>A chunk begins whose first item is <paramref name="first"/>.</summary>
    /// <returns>When, by <see cref="Stopwatch"/>.</returns>
    public long Begin(long first, ComputeOutput to)
    {
        if (Count > 0)
            Drop();
        (next, output, began) = (first, to, Stopwatch.GetTimestamp());
        return began;
    }

    /// <summary>Whether results travel as their memory.</summary>
    public bool IsRaw => encoder is not null && ItemCodec<TResult>.Stride > 0;

    /// <summary>Makes room once for as many results as will come.</summary>
    public void Expect(int count) => encoder!.Expect(Math.Min(count, Math.Max(1, PassedOnAt / Unsafe.SizeOf<TResult>())));

    /// <summary>Whether there is so much that it should be handed over: the next results are computed while these travel, into memory that was used
    /// before.</summary>
    public bool IsLong => encoder?.Bytes > PassedOnAt - RunBytes;

    /// <summary>Room for the memory of the next <paramref name="count"/> results; <see cref="Added"/> says how many came.</summary>
    public Span<byte> Room(int count) => encoder!.Room(count);

    /// <summary>Says that <paramref name="count"/> results of <paramref name="of"/> were put where <see cref="Room"/> told.</summary>
    public void Added(int count, int of) => encoder!.Added(count, of);

    /// <summary>Adds the result of the next item; the item fails when it cannot be sent.</summary>
    public void Add(TResult result)
    {
        try
        {
            if (encoder is null)
                values.Add(result);
            else
                encoder.Add(result);
        }
        catch (Exception e)
        {
            Fail(ItemFailure.Of(next + Count, identity.Rank, identity.Node, e, ItemFailureKind.CannotShip));
        }
    }

    /// <summary>Hands over what there is and then the failure of the item behind it.</summary>
    public void Fail(ItemFailure failure)
    {
        Flush();
        output.Failure(map, failure);
        next = failure.Index + 1;
    }

    /// <summary>Hands over what there is.</summary>
    /// <param name="nanosecondsPerItem">What each item took, when that is not the time since the last hand-over.</param>
    public void Flush(long? nanosecondsPerItem = null)
    {
        if (Count == 0)
            return;
        long now = Stopwatch.GetTimestamp();
        Block block = encoder is not null ? encoder.Take(next) : new TypedBlock<TResult>(next, values.ToArray());
        values.Clear();
        long busy = nanosecondsPerItem * block.Count ?? (long)((now - began) * (1e9 / Stopwatch.Frequency));
        (next, began) = (block.End, now);
        output.Results(map, block, new RankWork(identity.Rank, busy));
    }

    private void Drop()
    {
        encoder?.Take(0);
        values.Clear();
    }
}
