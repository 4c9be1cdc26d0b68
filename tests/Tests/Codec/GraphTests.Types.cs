using System.Collections.ObjectModel;

namespace PathosHpc.Tests;

// Types that the tests of the codec ship.

internal sealed record Person(string Name, int Age)
{
    public string? Note { get; init; }
}

internal sealed record Structure(int Id, string Name, double[] Position);

internal class Shape
{
    private readonly int sides;
    public Shape(int sides) => this.sides = sides;
    public int Sides => sides;
}

internal sealed class Square(double edge) : Shape(4)
{
    public double Edge { get; } = edge;
}

internal sealed class Node
{
    public int Value;
    public Node? Next;
    public List<Node> Neighbours = [];
}

internal sealed class Chain
{
    public Chain? Next;
    public int Number;
}

internal struct Mixed
{
    public int Number;
    public string? Text;
    public Point Place;
}

internal struct Point
{
    public double X, Y;
    public byte Colour;
}

internal struct Nothing;

internal struct Hidden
{
    [NonSerialized]
    public object? Secret;
}

internal enum Colour : byte { Red, Green, Blue = 200 }

internal sealed class Bag : List<int>
{
    public string Label = "";
}

internal sealed class Registry : Dictionary<string, int>
{
    public Registry() : base(StringComparer.OrdinalIgnoreCase) { }
    public int Limit { get; set; }
}

internal sealed class Names : KeyedCollection<string, Person>
{
    protected override string GetKeyForItem(Person item) => item.Name;
}

internal sealed class Modulo(int modulus) : IEqualityComparer<int>
{
    public bool Equals(int x, int y) => x % modulus == y % modulus;
    public int GetHashCode(int obj) => obj % modulus;
}

internal sealed class Partial
{
    public int Kept = 1;

    [NonSerialized]
    public Stream? Left = Stream.Null;
}

internal sealed class Owner
{
    public string Name = "";
    public Holder? Source = null;
}

internal sealed class Holder
{
    public Stream? Stream = null;
    public object? Anything = null;
}

internal sealed class Pair<TFirst, TSecond>
{
    public TFirst? First;
    public TSecond? Second;
}

internal sealed class GrainException(int grain, string message, Exception? inner = null) : Exception(message, inner)
{
    public int Grain { get; } = grain;
}
