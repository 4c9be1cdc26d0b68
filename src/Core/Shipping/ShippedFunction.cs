namespace PathosHpc;

/// <summary>A function as bytes.</summary>
/// <param name="Payload">What <see cref="FunctionShipping.Decode"/> reads.</param>
/// <param name="ArrayBytes">How many of the last of these bytes are the memory of large arrays, one behind the other.</param>
/// <param name="Warnings">Sentences on what the function will not find, or will lose, on a worker.</param>
internal sealed record ShippedFunction(Payload Payload, long ArrayBytes, IReadOnlyList<string> Warnings);
