using System.Collections;
using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Numerics;

namespace PathosHpc;

/// <summary>Which codec writes which type.</summary>
internal static class CodecCatalog
{
    /// <summary>Collections of which users may derive.</summary>
    private static readonly Dictionary<Type, Type> Collections = new()
    {
        [typeof(List<>)] = typeof(ListCodec<>),
        [typeof(Dictionary<,>)] = typeof(DictionaryCodec<,>),
        [typeof(HashSet<>)] = typeof(HashSetCodec<>),
        [typeof(Queue<>)] = typeof(QueueCodec<>),
        [typeof(Stack<>)] = typeof(StackCodec<>),
        [typeof(LinkedList<>)] = typeof(LinkedListCodec<>),
        [typeof(SortedSet<>)] = typeof(SortedSetCodec<>),
        [typeof(SortedDictionary<,>)] = typeof(SortedDictionaryCodec<,>),
        [typeof(SortedList<,>)] = typeof(SortedListCodec<,>),
        [typeof(OrderedDictionary<,>)] = typeof(OrderedDictionaryCodec<,>),
        [typeof(PriorityQueue<,>)] = typeof(PriorityQueueCodec<,>),
        [typeof(ConcurrentDictionary<,>)] = typeof(ConcurrentDictionaryCodec<,>),
        [typeof(ConcurrentQueue<>)] = typeof(ConcurrentQueueCodec<>),
        [typeof(ConcurrentStack<>)] = typeof(ConcurrentStackCodec<>),
        [typeof(ConcurrentBag<>)] = typeof(ConcurrentBagCodec<>),
        [typeof(Hashtable)] = typeof(HashtableCodec),
    };

    /// <summary>Collections whose objects are, or derive privately from, these.</summary>
    private static readonly Dictionary<Type, Type> Snapshots = new()
    {
        [typeof(ImmutableList<>)] = typeof(ImmutableListCodec<>),
        [typeof(ImmutableQueue<>)] = typeof(ImmutableQueueCodec<>),
        [typeof(ImmutableStack<>)] = typeof(ImmutableStackCodec<>),
        [typeof(ImmutableHashSet<>)] = typeof(ImmutableHashSetCodec<>),
        [typeof(ImmutableSortedSet<>)] = typeof(ImmutableSortedSetCodec<>),
        [typeof(ImmutableDictionary<,>)] = typeof(ImmutableDictionaryCodec<,>),
        [typeof(ImmutableSortedDictionary<,>)] = typeof(ImmutableSortedDictionaryCodec<,>),
        [typeof(FrozenSet<>)] = typeof(FrozenSetCodec<>),
        [typeof(FrozenDictionary<,>)] = typeof(FrozenDictionaryCodec<,>),
        [typeof(Lookup<,>)] = typeof(LookupCodec<,>),
    };

    private static readonly Dictionary<Type, Type> Values = new()
    {
        [typeof(Nullable<>)] = typeof(NullableCodec<>),
        [typeof(ImmutableArray<>)] = typeof(ImmutableArrayCodec<>),
        [typeof(Memory<>)] = typeof(MemoryCodec<>),
        [typeof(ReadOnlyMemory<>)] = typeof(ReadOnlyMemoryCodec<>),
        [typeof(BigInteger)] = typeof(BigIntegerCodec),
        [typeof(CancellationToken)] = typeof(CancellationTokenCodec),
    };

    /// <summary>The codec of objects of exactly <paramref name="type"/>; never fails: what cannot travel has a codec that says so.</summary>
    public static ObjectCodec Create(Type type)
    {
        if (type == typeof(string))
            return new StringCodec();
        if (type.IsValueType && !type.ContainsGenericParameters && !type.IsByRefLike)
            return New(typeof(BoxCodec<>), [type]);
        if (type.IsSZArray && CanBeElement(type))
            return New(typeof(ArrayCodec<>), [type.GetElementType()!]);
        if (type.IsArray && CanBeElement(type))
            return New(typeof(MultiArrayCodec<>), [type.GetElementType()!], type);
        if (Special(type) is { } special)
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
        Type key = type.IsGenericType ? type.GetGenericTypeDefinition() : type;
        if (Values.TryGetValue(key, out Type? codec))
            return (ValueCodec<T>)Activator.CreateInstance(type.IsGenericType ? codec.MakeGenericType(type.GetGenericArguments()) : codec)!;
        return Shippability.Refusal(type) is { } refusal ? new RefusedValueCodec<T>(refusal) : new FieldsValueCodec<T>();
    }

    private static ObjectCodec? Special(Type type)
    {
        for (Type? ancestor = type; ancestor is not null; ancestor = ancestor.BaseType)
        {
            Type key = ancestor.IsGenericType ? ancestor.GetGenericTypeDefinition() : ancestor;
            if (type.IsAbstract && ancestor == type)
                continue;
            if (Collections.TryGetValue(key, out Type? collection))
                return New(collection, ancestor.GetGenericArguments(), type);
            if (Snapshots.TryGetValue(key, out Type? snapshot))
                return New(snapshot, ancestor.GetGenericArguments());
        }
        return Atoms.For(type);
    }

    private static bool CanBeElement(Type array)
    {
        Type element = array.GetElementType()!;
        return !element.IsPointer && !element.IsFunctionPointer && !element.ContainsGenericParameters && !element.IsByRefLike;
    }

    private static ObjectCodec New(Type codec, Type[] arguments, params object[] constructorArguments) =>
        (ObjectCodec)Activator.CreateInstance(arguments.Length == 0 ? codec : codec.MakeGenericType(arguments), constructorArguments)!;
}
