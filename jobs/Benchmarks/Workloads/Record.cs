namespace PathosHpc.Benchmarks;

/// <summary>An item of several fields.</summary>
internal sealed record Record(int Id, string Name, double[] Values);
