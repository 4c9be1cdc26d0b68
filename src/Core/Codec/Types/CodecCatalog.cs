using System.Runtime.CompilerServices;

namespace PathosHpc;

/// <summary>Which codec writes which type. Types are told by their names, so that those that a program does not use are not loaded; methods that name many are not
/// entered without need, since precompiled code may load all types of a method as it begins.</summary>
internal static class CodecCatalog
{
    /// <summary>The codec of objects of exactly <paramref name="type"/>; never fails: what cannot travel has a codec that says so.</summary>
    public static ObjectCodec Create(Type type)
    {
        if (type == typeof(string))
            return new StringCodec();
        if (type.IsValueType && !type.ContainsGenericParameters && !type.IsByRefLike && type != typeof(void))
            return New(typeof(BoxCodec<>), [type]);
        if (type.IsArray && CanBeElement(type.GetElementType()!))
            return type.IsSZArray ? New(typeof(ArrayCodec<>), [type.GetElementType()!]) : New(typeof(MultiArrayCodec<>), [type.GetElementType()!], type);
        if (!type.IsAbstract && !type.ContainsGenericParameters && Special(type) is { } special)
            return special;
        if (Shippability.Refusal(type) is { } refusal)
            return new RefusedCodec(type, refusal);
        if (typeof(Delegate).IsAssignableFrom(type))
            return new DelegateCodec(type);
        return New(typeof(Exception).IsAssignableFrom(type) ? typeof(ExceptionCodec<>) : typeof(FieldsCodec<>), [type]);
    }

    /// <summary>The codec of values of the struct <typeparamref name="T"/>, which is not raw.</summary>
    public static ValueCodec<T> CreateValue<T>()
    {
        Type type = typeof(T);
        if (Value(NameOf(type)) is { } codec)
            return (ValueCodec<T>)Activator.CreateInstance(type.IsGenericType ? codec.MakeGenericType(type.GetGenericArguments()) : codec)!;
        return Shippability.Refusal(type) is { } refusal ? new RefusedValueCodec<T>(refusal) : new FieldsValueCodec<T>();
    }

    /// <summary>Whether values of <paramref name="type"/> are written field after field and nothing else.</summary>
    public static bool IsByFields(Type type)
    {
        if (FieldList.Of(type).Length == 0 || FieldList.Fingerprint(type) is not null)
            return false;
        if (type.IsValueType)
            return Value(NameOf(type)) is null && Shippability.Refusal(type) is null;
        Type codec = ObjectCodec.For(type).GetType();
        return codec.IsGenericType && codec.GetGenericTypeDefinition() == typeof(FieldsCodec<>);
    }

    private static ObjectCodec? Special(Type type)
    {
        for (Type? ancestor = type; ancestor is not null && ancestor != typeof(object); ancestor = ancestor.BaseType)
        {
            if (!AppAssemblies.IsFramework(ancestor.Assembly))
                continue;
            string name = NameOf(ancestor);
            if (!name.StartsWith("System.Collections.", StringComparison.Ordinal) && !name.StartsWith("System.Linq.", StringComparison.Ordinal))
                continue;
            if (Collection(name) is { } collection)
                return New(collection, ancestor.GetGenericArguments(), type);
            if (Snapshot(name) is { } snapshot)
                return New(snapshot, ancestor.GetGenericArguments());
        }
        return Atoms.For(type);
    }

    /// <summary>Collections of which users may derive.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Type? Collection(string name) => name switch
    {
        "System.Collections.Generic.List`1" => typeof(ListCodec<>),
        "System.Collections.Generic.Dictionary`2" => typeof(DictionaryCodec<,>),
        "System.Collections.Generic.HashSet`1" => typeof(HashSetCodec<>),
        "System.Collections.Generic.Queue`1" => typeof(QueueCodec<>),
        "System.Collections.Generic.Stack`1" => typeof(StackCodec<>),
        "System.Collections.Generic.LinkedList`1" => typeof(LinkedListCodec<>),
        "System.Collections.Generic.SortedSet`1" => typeof(SortedSetCodec<>),
        "System.Collections.Generic.SortedDictionary`2" => typeof(SortedDictionaryCodec<,>),
        "System.Collections.Generic.SortedList`2" => typeof(SortedListCodec<,>),
        "System.Collections.Generic.OrderedDictionary`2" => typeof(OrderedDictionaryCodec<,>),
        "System.Collections.Generic.PriorityQueue`2" => typeof(PriorityQueueCodec<,>),
        "System.Collections.Concurrent.ConcurrentDictionary`2" => typeof(ConcurrentDictionaryCodec<,>),
        "System.Collections.Concurrent.ConcurrentQueue`1" => typeof(ConcurrentQueueCodec<>),
        "System.Collections.Concurrent.ConcurrentStack`1" => typeof(ConcurrentStackCodec<>),
        "System.Collections.Concurrent.ConcurrentBag`1" => typeof(ConcurrentBagCodec<>),
        "System.Collections.Hashtable" => typeof(HashtableCodec),
        _ => null,
    };

    /// <summary>Collections whose objects are, or derive privately from, these.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Type? Snapshot(string name) => name switch
    {
        "System.Collections.Immutable.ImmutableList`1" => typeof(ImmutableListCodec<>),
        "System.Collections.Immutable.ImmutableQueue`1" => typeof(ImmutableQueueCodec<>),
        "System.Collections.Immutable.ImmutableStack`1" => typeof(ImmutableStackCodec<>),
        "System.Collections.Immutable.ImmutableHashSet`1" => typeof(ImmutableHashSetCodec<>),
        "System.Collections.Immutable.ImmutableSortedSet`1" => typeof(ImmutableSortedSetCodec<>),
        "System.Collections.Immutable.ImmutableDictionary`2" => typeof(ImmutableDictionaryCodec<,>),
        "System.Collections.Immutable.ImmutableSortedDictionary`2" => typeof(ImmutableSortedDictionaryCodec<,>),
        "System.Collections.Frozen.FrozenSet`1" => typeof(FrozenSetCodec<>),
        "System.Collections.Frozen.FrozenDictionary`2" => typeof(FrozenDictionaryCodec<,>),
        "System.Linq.Lookup`2" => typeof(LookupCodec<,>),
        _ => null,
    };

    private static Type? Value(string name) => name switch
    {
        "System.Nullable`1" => typeof(NullableCodec<>),
        "System.Collections.Immutable.ImmutableArray`1" => typeof(ImmutableArrayCodec<>),
        "System.Memory`1" => typeof(MemoryCodec<>),
        "System.ReadOnlyMemory`1" => typeof(ReadOnlyMemoryCodec<>),
        "System.Numerics.BigInteger" => typeof(BigIntegerCodec),
        "System.Threading.CancellationToken" => typeof(CancellationTokenCodec),
        _ => null,
    };

    private static string NameOf(Type type) =>
        (type.IsConstructedGenericType ? type.GetGenericTypeDefinition() : type).FullName ?? type.Name;

    private static bool CanBeElement(Type element) =>
        !element.IsPointer && !element.IsFunctionPointer && !element.ContainsGenericParameters && !element.IsByRefLike && element != typeof(void);

    private static ObjectCodec New(Type codec, Type[] arguments, params object[] constructorArguments) =>
        (ObjectCodec)Activator.CreateInstance(arguments.Length == 0 ? codec : codec.MakeGenericType(arguments), constructorArguments)!;
}
