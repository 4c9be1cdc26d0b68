using System.Reflection;
using System.Runtime.CompilerServices;

namespace PathosHpc;

/// <summary>A mutable collection: its comparer is the head, its elements the body. Private fields do not travel, because hash codes of
/// strings differ between processes. Classes that users derive from it are made by its constructor, and their own fields follow.</summary>
internal abstract class CollectionCodec<TCollection, TElement> : ObjectCodec where TCollection : class
{
    private readonly Type exact;
    private readonly FieldSlot[] own;
    private readonly ConstructorInfo? constructor;

    protected CollectionCodec(Type exact)
    {
        this.exact = exact;
        own = exact == typeof(TCollection) ? [] : FieldSlot.All(exact, typeof(TCollection));
        constructor = exact == typeof(TCollection) ? null : typeof(TCollection).GetConstructor(ComparerType is { } type ? [type] : []);
    }

    /// <summary>What <see cref="Comparer"/> is; null for collections that compare nothing.</summary>
    protected virtual Type? ComparerType => null;

    /// <summary>Whether adding an element may run the user's code on it, or depend on what it refers to.</summary>
    protected virtual bool ComparesDeeply => false;

    protected virtual object? Comparer(TCollection collection) => null;

    protected abstract TCollection Make(object? comparer);

    protected abstract TElement[] Snapshot(TCollection collection);

    /// <summary>Throws for elements that must not be compared; see <see cref="StructuralKeys{T}"/>.</summary>
    protected virtual void CheckKeys(TElement[] elements, object? comparer) { }

    protected abstract void Fill(TCollection collection, TElement[] elements);

    public override void WriteHead(GraphWriter writer, object value)
    {
        if (ComparerType is null)
            return;
        object? comparer = Comparer(Unsafe.As<TCollection>(value));
        writer.Path?.Field(nameof(Comparer));
        Slot<object?>.Write(writer, ref comparer);
        writer.Path?.Back();
    }

    public override object ReadHead(GraphReader reader)
    {
        object? comparer = null;
        if (ComparerType is { } type)
        {
            Slot<object?>.Read(reader, ref comparer);
            if (comparer is not null && !type.IsInstanceOfType(comparer))
                throw new MalformedPayloadException($"A {TypeText.Of(comparer.GetType())} stands where a {TypeText.Of(type)} belongs.");
        }
        if (constructor is null)
            return Make(comparer);
        object derived = RuntimeHelpers.GetUninitializedObject(exact);
        constructor.Invoke(derived, ComparerType is null ? [] : [comparer]);
        return derived;
    }

    public override void WriteBody(GraphWriter writer, object value)
    {
        WriteElements(writer, Unsafe.As<TCollection>(value));
        foreach (FieldSlot slot in own)
            slot.Write(writer, value);
    }

    public override void ReadBody(GraphReader reader, object value)
    {
        ReadElements(reader, Unsafe.As<TCollection>(value));
        foreach (FieldSlot slot in own)
            slot.Read(reader, value);
    }

    protected virtual void WriteElements(GraphWriter writer, TCollection collection) =>
        Elements<TElement>.WriteCounted(writer, Snapshot(collection));

    protected virtual void ReadElements(GraphReader reader, TCollection collection)
    {
        TElement[] elements = Elements<TElement>.ReadCounted(reader);
        if (ComparesDeeply)
            reader.Later(() => CheckAndFill(collection, elements));
        else
            Fill(collection, elements);
    }

    private void CheckAndFill(TCollection collection, TElement[] elements)
    {
        CheckKeys(elements, Comparer(collection));
        Fill(collection, elements);
    }
}

/// <summary>What is known of comparers and of what they compare.</summary>
internal static class Comparison
{
    /// <summary>Whether a value of <typeparamref name="T"/> is equal, hashed and ordered by itself alone.</summary>
    public static bool IsDeep<T>() => !(typeof(T) == typeof(string) || typeof(T).IsPrimitive || typeof(T).IsEnum
        || (Slot<T>.Raw && AppAssemblies.IsFramework(typeof(T).Assembly) && !typeof(T).IsGenericType));
}
