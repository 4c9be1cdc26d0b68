#:property PublishAot=false
#:project ../../../src/Mpi/PathosHpc.Mpi.csproj
// A program that is itself the MPI job: every rank starts it, rank 0 runs the delegate, the others compute for it.
//   dotnet build jobs/Examples/programs/world.cs -o world
//   mpiexec -n 4 dotnet world/world.dll
using PathosHpc;

return await MpiPool.RunWorldAsync(args, async pool =>
{
    // Estimates pi: each item throws a million darts, with random numbers that depend on seed and item alone.
    long[] hits = await pool.MapAsync(Throw, Enumerable.Repeat(1_000_000, 64), new MapOptions { Seed = 42 });
    Console.WriteLine($"pi is about {4.0 * hits.Sum() / (1_000_000.0 * hits.Length):F3}, by {pool.Size} ranks");
});

static long Throw(int darts)
{
    Random random = MapContext.Current!.Random;
    long hits = 0;
    for (int dart = 0; dart < darts; dart++)
    {
        double x = random.NextDouble(), y = random.NextDouble();
        if ((x * x) + (y * y) < 1)
            hits++;
    }
    return hits;
}
