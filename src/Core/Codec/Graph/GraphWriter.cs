using System.Runtime.CompilerServices;

namespace PathosHpc;

/// <summary>The state of writing one graph of objects: which objects and types were met, what is still to be written.
/// One instance per thread is kept and used again.</summary>
internal sealed class GraphWriter
{
    /// <summary>Objects nested deeper than this have their bodies written behind the graph.</summary>
    public const int MaxDepth = 192;

    /// <summary>With fewer objects it does not matter whether they are numbered.</summary>
    private const int ManyObjects = 256;

    [ThreadStatic]
    private static GraphWriter? spare;

    private readonly IdentityTable known = new();
    private readonly TypeTable types = new();
    private readonly Queue<DeferredBody> deferred = new(), bulk = new();
    private List<ReadOnlyMemory<byte>>? arrays;
    private Dictionary<object, List<int>>? closures;
    private bool hasSecondReferences;

    public PayloadWriter Out { get; private set; } = null!;

    /// <summary>Objects that this place is nested in.</summary>
    public int Depth { get; set; }

    public CodecPath Fields { get; private set; }

    /// <summary>Whether functions are expected anywhere, not only where a delegate is declared.</summary>
    public bool CarriesFunctions { get; private set; }

    /// <summary>Whether types are named with the build that they come from, so that no other build reads them. Bytes that are only compared do without.</summary>
    public bool NamesBuilds { get; private set; }

    /// <summary>Where this place is, while an error is being explained; null on the fast path.</summary>
    public MemberPath? Path { get; private set; }

    /// <summary>What the user should know of the functions met; null when nobody asks.</summary>
    public FunctionNotes? Notes { get; private set; }

    /// <summary>Greater than 0 inside what is compared or hashed while it is read, which must be whole by then.</summary>
    public int WholeZone { get; set; }

    public bool MayDefer => WholeZone == 0;

    public static GraphWriter Rent(PayloadWriter output, bool carriesFunctions = false, MemberPath? path = null, FunctionNotes? notes = null, bool namesBuilds = true, List<ReadOnlyMemory<byte>>? arrays = null)
    {
        GraphWriter writer = spare ?? new GraphWriter();
        spare = null;
        (writer.Out, writer.CarriesFunctions, writer.Path, writer.Notes, writer.Fields) = (output, carriesFunctions, path, notes, CodecPaths.Current);
        (writer.NamesBuilds, writer.arrays) = (namesBuilds, arrays);
        return writer;
    }

    public void Return()
    {
        Forget();
        (Out, Path, Notes, arrays) = (null!, null, null, null);
        spare = this;
    }

    private void Forget()
    {
        known.Clear();
        (Depth, WholeZone, closures, hasSecondReferences) = (0, 0, null, false);
        if (types.Count > 0)
            types.Clear();
        if (deferred.Count > 0)
            deferred.Clear();
        if (bulk.Count > 0)
            bulk.Clear();
        if (Unfinished.Count > 0)
            Unfinished.Clear();
    }

    /// <summary>Writes the graph that begins at <paramref name="value"/>, and forgets it.</summary>
    public void WriteRoot(ReferenceSlot slot, object? value)
    {
        try
        {
            long start = Out.Length;
            slot.Write(this, value);
            WriteDeferred();
            MarkTree(start);
        }
        finally
        {
            Forget();
        }
    }

    /// <summary>Writes the graph that begins at <paramref name="value"/>.</summary>
    public void WriteRoot<T>(ref T value)
    {
        long start = Out.Length;
        Slot<T>.Write(this, ref value);
        WriteDeferred();
        if (Slot<T>.Reference is not null)
            MarkTree(start);
    }

    /// <summary>Tells whoever reads the graph that begins at <paramref name="start"/> whether to number its objects. Not where functions are written, nor bytes that are only compared.</summary>
    private void MarkTree(long start)
    {
        if (known.Count >= ManyObjects && !hasSecondReferences && !CarriesFunctions && NamesBuilds)
            Out.TryAdd(start, Tag.Tree);
    }

    private void WriteDeferred()
    {
        if (deferred.Count == 0 && bulk.Count == 0)
            return;
        MemberPath? root = Path;
        while (deferred.TryDequeue(out DeferredBody? next))
        {
            Path = next.Path;
            next.Codec.WriteBody(this, next.Value);
        }
        while (bulk.TryDequeue(out DeferredBody? next))
            next.Codec.WriteBody(this, next.Value);
        Path = root;
    }

    /// <summary>Writes a reference to <paramref name="value"/> if it was met before; else numbers it and gives false.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool WriteIfKnown(object value)
    {
        int number = known.FindOrAdd(value);
        if (number < 0)
            return false;
        WriteKnown(number);
        return true;
    }

    /// <summary>Makes ready for so many objects that may come next.</summary>
    public void Expect(int objects) => known.Expect(objects);

    /// <summary>The number of the object that was numbered last.</summary>
    public int LastNumber => known.Count - 1;

    /// <summary>Numbers of objects that can be created only when all they hold has been read.</summary>
    public List<int> Unfinished { get; } = [];

    private void WriteKnown(int number)
    {
        hasSecondReferences = true;
        if (Unfinished.Count > 0 && Unfinished.Contains(number))
            throw new RefusalException(null, "an unchangeable collection that holds itself", "use a List<T> or a Dictionary<TKey, TValue>");
        Out.WriteByte(Tag.Known);
        Out.WriteVarUInt((ulong)number);
    }

    public void WriteType(Type type)
    {
        int number = types.FindOrAdd(type);
        Out.WriteVarUInt((ulong)(number + 1));
        if (number >= 0)
            return;
        if (!NamesBuilds)
        {
            Out.WriteString(TypeText.Of(type));
            return;
        }
        byte[] name = TypeNames.Describe(type);
        Out.WriteVarUInt((ulong)name.Length);
        Out.WriteBytes(name);
    }

    /// <summary>Has the body written behind the graph; a large array's apart from it.</summary>
    public void Defer(ObjectCodec codec, object value)
    {
        bool isBulk = codec.HasBulk && codec.BulkLength(value) > 0;
        if (isBulk && arrays is not null)
            arrays.AddRange(codec.BulkSegments(value));
        else
            (isBulk ? bulk : deferred).Enqueue(new DeferredBody(codec, value, Path?.Copy()));
    }

    /// <summary>Whether the body does not stand here.</summary>
    public bool IsDeferred(ObjectCodec codec, object value) => codec.HasBody && (Depth >= MaxDepth || (codec.HasBulk && arrays is not null && codec.BulkLength(value) > 0));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Enter()
    {
        if ((++Depth & 15) == 0 && !RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw new RefusalException(null, "nested too deeply for what has to be whole before it can be read", "make it flatter");
    }

    /// <summary>Those of the <paramref name="wanted"/> fields of a closure that were not written before; now they count as written.</summary>
    public List<int> ClaimFields(object closure, int[] wanted)
    {
        closures ??= new(ReferenceEqualityComparer.Instance);
        if (!closures.TryGetValue(closure, out List<int>? written))
            closures[closure] = written = [];
        var claimed = new List<int>();
        foreach (int field in wanted)
        {
            if (!written.Contains(field))
                claimed.Add(field);
        }
        written.AddRange(claimed);
        return claimed;
    }
}

/// <summary>An object whose body follows the graph.</summary>
internal sealed record DeferredBody(ObjectCodec Codec, object Value, MemberPath? Path);
