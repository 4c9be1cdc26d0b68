using System.Globalization;
using System.Text;

namespace PathosHpc;

/// <summary>The way from the root of a graph to a place in it, such as <c>captured variable 'log'</c> or <c>item.Source[3].stream</c>.
/// When <see cref="Measured"/> is asked for, it remembers which member took most bytes.</summary>
internal sealed class MemberPath(string root)
{
    private readonly List<string> steps = [root];

    /// <summary>Told of each member's path and length in bytes as it has been written; null when nobody asks.</summary>
    public Action<string, long>? Measured { get; init; }

    /// <summary>Goes into field <paramref name="name"/>; compiler-made names are given as the user wrote them.</summary>
    public void Field(string name) => steps.Add("." + TypeText.MemberName(name));

    public void Element(long index) => steps.Add($"[{index.ToString(CultureInfo.InvariantCulture)}]");

    /// <summary>Goes into a captured variable: what led to the function is of no interest unless it was captured as well.</summary>
    public void Captured(string name) => steps.Add(name == "this" ? "captured 'this'" : $"captured variable '{name}'");

    public void Back() => steps.RemoveAt(steps.Count - 1);

    public MemberPath Copy()
    {
        var copy = new MemberPath(steps[0]) { Measured = Measured };
        copy.steps.AddRange(steps.Skip(1));
        return copy;
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        int from = steps.FindIndex(step => step.StartsWith("captured", StringComparison.Ordinal));
        foreach (string step in steps.Skip(Math.Max(from, 0)))
        {
            if (text.Length > 0 && step[0] is not ('.' or '['))
                text.Append(", ");
            text.Append(step);
        }
        return text.ToString();
    }
}
