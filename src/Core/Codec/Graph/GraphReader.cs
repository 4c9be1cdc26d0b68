using System.Runtime.CompilerServices;

namespace PathosHpc;

/// <summary>The state of reading one graph of objects. One instance per thread is kept and used again.</summary>
internal sealed class GraphReader
{
    private const int Keep = 1 << 18;

    [ThreadStatic]
    private static GraphReader? spare;

    private readonly List<Type> types = [];
    private readonly Queue<DeferredBody> deferred = new();
    private readonly Queue<DeferredBody> bulk = new();
    private long filled;
    private readonly List<Action> later = [];
    private object?[] known = new object?[16];
    private int knownCount;

    public PayloadReader In { get; private set; } = null!;

    public int Depth { get; set; }

    public CodecPath Fields { get; private set; }

    public bool CarriesFunctions { get; private set; }

    public static GraphReader Rent(PayloadReader input, bool carriesFunctions = false)
    {
        GraphReader reader = spare ?? new GraphReader();
        spare = null;
        (reader.In, reader.CarriesFunctions, reader.Fields) = (input, carriesFunctions, CodecPaths.Current);
        return reader;
    }

    public void Return()
    {
        if (known.Length > Keep)
            known = new object?[16];
        else
            Array.Clear(known, 0, knownCount);
        types.Clear();
        deferred.Clear();
        bulk.Clear();
        later.Clear();
        (In, Depth, knownCount, filled) = (null!, 0, 0, 0);
        spare = this;
    }

    /// <summary>Reads one graph. Whatever goes wrong for the bytes' sake is a <see cref="MalformedPayloadException"/>.</summary>
    public void ReadRoot<T>(ref T value)
    {
        ReadGraph(ref value);
        try
        {
            while (bulk.TryDequeue(out DeferredBody? next))
                next.Codec.ReadBody(this, next.Value);
        }
        catch (Exception exception) when (exception is not PathosException)
        {
            throw Unreadable<T>(exception);
        }
        Finish<T>();
    }

    /// <summary>Reads all but the bodies that come last, which <see cref="Fill"/> takes; then <see cref="Finish"/> is to be called.</summary>
    /// <returns>Bytes of those bodies.</returns>
    public long ReadGraph<T>(ref T value)
    {
        try
        {
            Slot<T>.Read(this, ref value);
            while (deferred.TryDequeue(out DeferredBody? next))
                next.Codec.ReadBody(this, next.Value);
            return bulk.Sum(body => body.Codec.BulkLength(body.Value));
        }
        catch (Exception exception) when (exception is not PathosException)
        {
            throw Unreadable<T>(exception);
        }
    }

    /// <summary>Puts the next bytes of the bodies that come last where they belong.</summary>
    /// <exception cref="MalformedPayloadException">They are more than there is room for.</exception>
    public void Fill(Payload part)
    {
        foreach (ReadOnlyMemory<byte> segment in part.Segments)
        {
            for (ReadOnlySpan<byte> bytes = segment.Span; !bytes.IsEmpty;)
            {
                if (!bulk.TryPeek(out DeferredBody? next))
                    throw new MalformedPayloadException($"{bytes.Length} bytes more came for arrays than they hold.");
                long room = next.Codec.BulkLength(next.Value) - filled;
                int count = (int)Math.Min(room, bytes.Length);
                bytes[..count].CopyTo(next.Codec.Bulk(next.Value, filled, count));
                bytes = bytes[count..];
                filled += count;
                if (count == room)
                {
                    bulk.Dequeue();
                    filled = 0;
                }
            }
        }
    }

    /// <summary>Does what needs all of the graph.</summary>
    public void Finish<T>()
    {
        try
        {
            foreach (Action fill in later)
                fill();
        }
        catch (Exception exception) when (exception is not PathosException)
        {
            throw Unreadable<T>(exception);
        }
    }

    private static MalformedPayloadException Unreadable<T>(Exception exception) =>
        new($"The bytes of a {TypeText.Of(typeof(T))} could not be read: {exception.Message}", exception);

    public Type ReadType()
    {
        ulong number = In.ReadVarUInt();
        if (number != 0)
        {
            return number <= (ulong)types.Count ? types[(int)number - 1]
                : throw new MalformedPayloadException($"Type {number} is referred to, but only {types.Count} were named.");
        }
        int length = checked((int)In.ReadCount(1));
        if (length > TypeNames.MaxLength)
            throw new MalformedPayloadException($"A type's name of {length} bytes is longer than any.");
        Span<byte> name = length <= 512 ? stackalloc byte[length] : new byte[length];
        In.ReadBytes(name);
        Type type = TypeNames.Resolve(name);
        types.Add(type);
        return type;
    }

    /// <summary>The next number, for an object that is about to be created.</summary>
    public int Reserve()
    {
        if (knownCount == known.Length)
            Array.Resize(ref known, (int)Math.Min(2L * knownCount, Array.MaxLength));
        return knownCount++;
    }

    /// <summary>The number reserved last: of the object whose head is about to be read.</summary>
    public int LastReserved => knownCount - 1;

    public void Set(int number, object value) => known[number] = value;

    public object ReadKnown()
    {
        ulong number = In.ReadVarUInt();
        if (number >= (ulong)knownCount)
            throw new MalformedPayloadException($"Object {number} is referred to, but only {knownCount} were met.");
        return known[number] ?? throw new MalformedPayloadException($"Object {number} is referred to before it can exist.");
    }

    public void Defer(ObjectCodec codec, object value) =>
        (codec.HasBulk && codec.BulkLength(value) > 0 ? bulk : deferred).Enqueue(new DeferredBody(codec, value, null));

    /// <summary>Has <paramref name="fill"/> run when the whole graph has been read, so that keys have all that their hash depends on.</summary>
    public void Later(Action fill) => later.Add(fill);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Enter()
    {
        if ((++Depth & 15) == 0 && !RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw new MalformedPayloadException($"The objects at byte {In.Position} are nested deeper than any writer nests them.");
    }
}
