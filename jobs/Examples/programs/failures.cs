#:property PublishAot=false
#:project ../../../src/Mpi/PathosHpc.Mpi.csproj
// What happens to a map when some of its items fail. Run it with: dotnet run jobs/Examples/programs/failures.cs
using PathosHpc;

await using var pool = new ProcessPool(workers: 2);

// By default the first failure ends the map.
try
{
    await pool.MapAsync(Invert, [4, 0, 2]);
}
catch (ItemFailedException failure)
{
    Console.WriteLine($"item {failure.Index} failed: {failure.InnerException!.Message}");
}

// With Continue all other items are computed, and the exception carries their results.
try
{
    await pool.MapAsync(Invert, [4, 0, 2], new MapOptions { OnItemFailure = OnItemFailure.Continue });
}
catch (MapFailedException failure)
{
    Console.WriteLine($"{failure.Failures.Count} of 3 failed; results: {string.Join(" ", failure.Results<int>())}");
}

static int Invert(int x) => 100 / x;
