using System.Globalization;
using PathosHpc.Benchmarks;

if (args is ["--" + ColdStart.Option, var kind, var count, var mpiexec])
{
    // Ahead of everything that a program of one map would not load.
    await ColdStart.RunAsync(new Contestant(kind, int.Parse(count, CultureInfo.InvariantCulture), mpiexec));
    return 0;
}
if (args is ["--" + ColdStart.BareOption, var mpi, var ranks])
{
    await ColdStart.RunBareAsync(mpi, int.Parse(ranks, CultureInfo.InvariantCulture));
    return 0;
}
if (args is ["--" + ColdStart.BareRankOption, var library])
    return ColdStart.RunBareRank(library);
if (args is [Probes.Option, var probe, var pool, var workers, var size])
{
    await Probes.RunAsync(probe, Contestant.Find(int.Parse(workers, CultureInfo.InvariantCulture), out _).First(c => c.Name == pool), size == "quick");
    return 0;
}
if (args is [FarRows.Option, ..])
    return await FarRows.RunAsync(args);
if (args is [SpmdRows.Option, ..])
    return await SpmdRows.RunAsync(args);
return await BenchmarkProgram.RunAsync(args);
