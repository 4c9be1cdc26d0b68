namespace PathosHpc;

/// <summary>One thing that two runs must have alike to share a journal.</summary>
/// <param name="Name">What it is, as the subject of a sentence: <c>the captured variable 'k'</c>.</param>
/// <param name="Value">Its value, or what stands for it.</param>
/// <param name="IsOfFunction">Whether it belongs to the function: <see cref="MapOptions.AcceptChangedFunction"/> lets it differ.</param>
internal sealed record JournalPart(string Name, string Value, bool IsOfFunction);
