using System.Globalization;
using System.Text;

namespace PathosHpc;

/// <summary>The way from the root of a graph to a place in it, such as <c>captured variable 'log'</c> or <c>item.Source[3].stream</c>.
/// When <see cref="Measured"/> is asked for, it remembers which member took most bytes.</summary>
internal sealed class MemberPath(string root)
{
    private const int MaxSteps = 12;
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

    /// <summary>The steps from the outermost captured variable on; of a very long way its beginning and its end.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        int from = Math.Max(0, steps.FindIndex(step => step.StartsWith("captured", StringComparison.Ordinal)));
        for (int i = from; i < steps.Count; i++)
        {
            if (i == from + MaxSteps && steps.Count > from + 2 * MaxSteps)
            {
                text.Append(" ... ");
                i = steps.Count - MaxSteps;
            }
            if (i > from && steps[i][0] is not ('.' or '['))
                text.Append(", ");
            text.Append(steps[i]);
        }
        return text.ToString();
    }
}
