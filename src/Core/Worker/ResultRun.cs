using System.Diagnostics;

namespace PathosHpc;

/// <summary>Gathers the results of consecutive items until they are handed over together.</summary>
internal sealed class ResultRun<TResult>(int map, long first, bool encode, int rank, ComputeOutput output)
{
    private readonly BlockEncoder<TResult>? encoder = encode ? new() : null;
    private readonly List<TResult> values = [];
    private long next = first;
    private long began = Stopwatch.GetTimestamp();

    /// <summary>The result that <see cref="Add"/> takes.</summary>
    public TResult Last { get; set; } = default!;

    /// <summary>What each item is said to have taken, when that is not the time since the last hand-over.</summary>
    public long? BusyNanosecondsPerItem { get; init; }

    private int Count => encoder?.Count ?? values.Count;

    /// <summary>Adds <see cref="Last"/> as the result of the next item; the item fails when it cannot be sent.</summary>
    public void Add(RankIdentity identity)
    {
        try
        {
            if (encoder is null)
                values.Add(Last);
            else
                encoder.Add(Last);
        }
        catch (Exception e)
        {
            Fail(ItemFailure.Of(next + Count, identity.Rank, identity.Node, e, ItemFailureKind.CannotShip));
        }
        Last = default!;
    }

    /// <summary>Hands over what there is and then the failure of the item behind it.</summary>
    public void Fail(ItemFailure failure)
    {
        Flush();
        output.Failure(map, failure);
        next = failure.Index + 1;
    }

    public void Flush()
    {
        if (Count == 0)
            return;
        long now = Stopwatch.GetTimestamp();
        Block block = encoder is not null ? encoder.Take(next) : new TypedBlock<TResult>(next, values.ToArray());
        values.Clear();
        output.Results(map, block, new RankWork(rank, BusyNanosecondsPerItem * block.Count ?? (long)((now - began) * (1e9 / Stopwatch.Frequency))));
        (next, began) = (block.End, now);
    }
}
