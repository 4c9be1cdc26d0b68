namespace PathosHpc;

/// <summary>Types by the bytes of their names. Reads take no lock and no copy of the bytes. Written by hand because the generic
/// dictionaries would have to be compiled at the start of every rank.</summary>
internal sealed class TypeNameTable
{
    private const int MaxCount = 1 << 14;
    private readonly Entry?[] buckets = new Entry?[1024];
    private int count;

    public Type? Find(ReadOnlySpan<byte> name)
    {
        int hash = Hash(name);
        for (Entry? entry = Volatile.Read(ref buckets[hash & (buckets.Length - 1)]); entry is not null; entry = entry.Next)
        {
            if (entry.Hash == hash && name.SequenceEqual(entry.Name))
                return entry.Type;
        }
        return null;
    }

    /// <summary>Remembers a type, unless there are so many that someone must be making names up.</summary>
    public void Add(byte[] name, Type type)
    {
        lock (buckets)
        {
            if (count >= MaxCount || Find(name) is not null)
                return;
            count++;
            int hash = Hash(name);
            ref Entry? bucket = ref buckets[hash & (buckets.Length - 1)];
            Volatile.Write(ref bucket, new Entry(name, hash, type, bucket));
        }
    }

    private static int Hash(ReadOnlySpan<byte> name)
    {
        uint hash = 2166136261;
        foreach (byte value in name)
            hash = (hash ^ value) * 16777619;
        return (int)(hash ^ (hash >> 15));
    }

    private sealed class Entry(byte[] name, int hash, Type type, Entry? next)
    {
        public readonly byte[] Name = name;
        public readonly int Hash = hash;
        public readonly Type Type = type;
        public readonly Entry? Next = next;
    }
}
