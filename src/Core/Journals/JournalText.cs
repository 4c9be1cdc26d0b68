using System.Runtime.CompilerServices;

namespace PathosHpc;

/// <summary>Reads a journal as text, without the program that made its results: numbers, texts, arrays of them, and records of all these.</summary>
internal sealed class JournalText(ClusterHost host, string folder)
{
    private readonly JournalFollower follower = new(host, folder);
    private readonly IndexSet seen = new();
    private JournalHeader? header;

    /// <summary>Items that have a result.</summary>
    public long Completed => seen.Count;

    /// <summary>Items in all, once known.</summary>
    public long? Total { get; private set; }

    /// <summary>Items that failed and have no result since, with the reason.</summary>
    public SortedDictionary<long, string> Failures { get; } = [];

    /// <summary>Whether every item has its result or its failure.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>The results that came since the last call, in the order in which they came.</summary>
    /// <exception cref="JournalException">Results of this type can only be read by a program that has it.</exception>
    public async IAsyncEnumerable<(long Index, string Value)> ReadNewAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach ((JournalRecord record, Payload body) in follower.ReadNewAsync(cancellationToken).ConfigureAwait(false))
        {
            switch (record.Kind)
            {
                case JournalRecordKind.Header:
                    header = JournalHeader.Read(new PayloadReader(body));
                    break;
                case JournalRecordKind.Total:
                    Total = record.First;
                    break;
                case JournalRecordKind.Failure:
                    Failures[record.First] = ItemFailure.Read(new PayloadReader(body)).ToException().Message;
                    break;
                case JournalRecordKind.Ended:
                    HasEnded = true;
                    break;
                case JournalRecordKind.Results:
                    EncodedBlock results = JournalResults.Read(new PayloadReader(body), record.First, record.Count).Results;
                    var reader = new PayloadReader(results.Values);
                    foreach ((long first, int count) in seen.Add(record.First, record.Count))
                    {
                        for (int i = 0; i < count; i++)
                        {
                            Failures.Remove(first + i);
                            reader.Seek(results.StartOf((int)(first + i - results.First)));
                            yield return (first + i, ValuePrinter.Print(reader, header!.Shape) ?? throw new JournalException(folder,
                                $"Results of type {header!.ResultType} cannot be printed: only numbers, texts, arrays and records of them. Read them by MapJob<{header!.ResultType}>.AttachAsync in a program that has the type."));
                        }
                    }
                    break;
            }
        }
    }
}
