namespace PathosHpc;

/// <summary>A function as bytes.</summary>
/// <param name="Payload">What <see cref="FunctionShipping.Decode"/> reads.</param>
/// <param name="Warnings">Sentences on what the function will not find, or will lose, on a worker.</param>
internal sealed record ShippedFunction(Payload Payload, IReadOnlyList<string> Warnings);
