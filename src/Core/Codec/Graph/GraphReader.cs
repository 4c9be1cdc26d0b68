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
    // Whether the graph has anything but references, objects, and values: most have not, and each of what they do not have takes time to look through.
    private bool hasMore;
    private readonly List<Action> later = [];
    private Known[] known = new Known[16];
    private bool isTree;
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
        Forget();
        In = null!;
        spare = this;
    }

    private void Forget()
    {
        if (known.Length > Keep)
            known = new Known[16];
        else
            Array.Clear(known, 0, knownCount);
        (Depth, knownCount, isTree) = (0, 0, false);
        if (!hasMore)
            return;
        types.Clear();
        deferred.Clear();
        bulk.Clear();
        later.Clear();
        (filled, hasMore) = (0, false);
    }

    /// <summary>Reads one graph. Whatever goes wrong for the bytes' sake is a <see cref="MalformedPayloadException"/>.</summary>
    public void ReadRoot<T>(ref T value)
    {
        try
        {
            Slot<T>.Read(this, ref value);
        }
        catch (Exception exception) when (exception is not PathosException)
        {
            throw Unreadable(typeof(T), exception);
        }
        if (hasMore)
            ReadMore(typeof(T));
    }

    /// <summary>Reads one graph that begins with a reference of type <paramref name="declared"/>, and forgets it.</summary>
    public object? ReadRoot(ReferenceSlot slot, Type declared)
    {
        try
        {
            object? value = slot.Read(this);
            if (hasMore)
                ReadMore(declared);
            return value;
        }
        catch (Exception exception) when (exception is not PathosException)
        {
            throw Unreadable(declared, exception);
        }
        finally
        {
            Forget();
        }
    }

    private void ReadMore(Type root)
    {
        try
        {
            ReadDeferred();
            while (bulk.TryDequeue(out DeferredBody? next))
                next.Codec.ReadBody(this, next.Value);
        }
        catch (Exception exception) when (exception is not PathosException)
        {
            throw Unreadable(root, exception);
        }
        Finish(root);
    }

    /// <summary>Reads all but the bodies that come last, which <see cref="Fill"/> takes; then <see cref="Finish"/> is to be called.</summary>
    /// <returns>Bytes of those bodies.</returns>
    public long ReadGraph<T>(ref T value)
    {
        try
        {
            Slot<T>.Read(this, ref value);
            ReadDeferred();
            return bulk.Sum(body => body.Codec.BulkLength(body.Value));
        }
        catch (Exception exception) when (exception is not PathosException)
        {
            throw Unreadable(typeof(T), exception);
        }
    }

    private void ReadDeferred()
    {
        while (deferred.TryDequeue(out DeferredBody? next))
            next.Codec.ReadBody(this, next.Value);
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
    /// <param name="root">The type that its root has where it is declared.</param>
    public void Finish(Type root)
    {
        try
        {
            foreach (Action fill in later)
                fill();
        }
        catch (Exception exception) when (exception is not PathosException)
        {
            throw Unreadable(root, exception);
        }
    }

    private static MalformedPayloadException Unreadable(Type root, Exception exception) =>
        new($"The bytes of a {TypeText.Of(root)} could not be read: {exception.Message}", exception);

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
        hasMore = true;
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

    public void Set(int number, object value) => known[number].Value = value;

    /// <summary>Gives the next number to an object, if any may be referred to.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(object value)
    {
        if (isTree)
            return;
        Known[] table = known;
        int number = knownCount;
        if ((uint)number < (uint)table.Length)
        {
            knownCount = number + 1;
            table[number].Value = value;
        }
        else
        {
            Set(Reserve(), value);
        }
    }

    /// <summary>The graph that has just begun says that no object is referred to twice.</summary>
    /// <returns>What its first tag is beside that.</returns>
    public byte BeginTree(byte tag)
    {
        if (Depth > 0 || knownCount > 0 || isTree)
            throw new MalformedPayloadException($"{tag} stands at byte {In.Position - 1} amid a graph.");
        isTree = true;
        return (byte)(tag - Tag.Tree);
    }

    public object ReadKnown()
    {
        if (isTree)
            throw new MalformedPayloadException($"An object is referred to again at byte {In.Position - 1} of a graph that was said to have no such.");
        ulong number = In.ReadVarUInt();
        if (number >= (ulong)knownCount)
            throw new MalformedPayloadException($"Object {number} is referred to, but only {knownCount} were met.");
        return known[number].Value ?? throw new MalformedPayloadException($"Object {number} is referred to before it can exist.");
    }

    public void Defer(ObjectCodec codec, object value)
    {
        (codec.HasBulk && codec.BulkLength(value) > 0 ? bulk : deferred).Enqueue(new DeferredBody(codec, value, null));
        hasMore = true;
    }

    /// <summary>Has <paramref name="fill"/> run when the whole graph has been read, so that keys have all that their hash depends on.</summary>
    public void Later(Action fill)
    {
        later.Add(fill);
        hasMore = true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Enter()
    {
        if ((++Depth & 15) == 0 && !RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw new MalformedPayloadException($"The objects at byte {In.Position} are nested deeper than any writer nests them.");
    }

    /// <summary>An object that was met. An array of these, unlike one of objects, asks nothing when one is put into it.</summary>
    private struct Known
    {
        public object? Value;
    }
}
