using System.Numerics;
using System.Runtime.CompilerServices;

namespace PathosHpc;

/// <summary>Numbers objects by reference, from 0 in the order of their first appearance. A few are found by looking through them;
/// more through open addressing by identity hash.</summary>
internal sealed class IdentityTable
{
    private const int Few = 8;
    private const int Keep = 1 << 18;
    private const int MostExpected = 2 * Keep;

    private object?[] objects = new object?[Few];
    private int[] hashes = new int[Few];
    private int[] slots = [];
    private int slotCount;
    private int count;

    public int Count => count;

    /// <summary>The number of <paramref name="value"/> if it has one; else numbers it and gives -1.</summary>
    public int FindOrAdd(object value)
    {
        if (slotCount != 0)
            return FindOrAddHashed(value);
        object?[] known = objects;
        for (int i = 0; i < count; i++)
        {
            if (ReferenceEquals(known[i], value))
                return i;
        }
        if (count < Few)
        {
            known[count++] = value;
            return -1;
        }
        HashAll();
        UseSlots(4 * Few);
        return FindOrAddHashed(value);
    }

    /// <summary>Makes room for <paramref name="more"/> objects that are about to come, and for one more in each: a table that grows by and by finds each of
    /// them a new place several times.</summary>
    public void Expect(int more)
    {
        long slotsWanted = Math.Min(4L * (count + (long)more), MostExpected);
        if (more <= Few || slotsWanted <= slotCount)
            return;
        if (slotCount == 0)
            HashAll();
        UseSlots((int)BitOperations.RoundUpToPowerOf2((ulong)slotsWanted));
    }

    /// <summary>Forgets every object. Memory of an exceptionally large graph is given back.</summary>
    public void Clear()
    {
        if (objects.Length > Keep)
            (objects, hashes, slots) = (new object?[Few], new int[Few], []);
        else
            Array.Clear(objects, 0, count);
        (count, slotCount) = (0, 0);
    }

    private int FindOrAddHashed(object value)
    {
        int hash = RuntimeHelpers.GetHashCode(value);
        int mask = slotCount - 1;
        int at = hash & mask;
        for (int entry; (entry = slots[at]) != 0; at = (at + 1) & mask)
        {
            if (ReferenceEquals(objects[entry - 1], value))
                return entry - 1;
        }
        if (count == objects.Length)
            GrowObjects();
        objects[count] = value;
        hashes[count] = hash;
        slots[at] = ++count;
        if (count * 2L > slotCount)
            UseSlots(checked(slotCount * 2));
        return -1;
    }

    private void HashAll()
    {
        for (int i = 0; i < count; i++)
            hashes[i] = RuntimeHelpers.GetHashCode(objects[i]!);
    }

    private void GrowObjects()
    {
        int size = (int)Math.Min(2L * objects.Length, Array.MaxLength);
        Array.Resize(ref objects, size);
        Array.Resize(ref hashes, size);
    }

    private void UseSlots(int size)
    {
        if (slots.Length < size)
            slots = new int[size];
        else
            Array.Clear(slots, 0, size);
        slotCount = size;
        int mask = size - 1;
        for (int i = 0; i < count; i++)
        {
            int at = hashes[i] & mask;
            while (slots[at] != 0)
                at = (at + 1) & mask;
            slots[at] = i + 1;
        }
    }
}
