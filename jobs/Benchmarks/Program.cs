using System.Globalization;
using PathosHpc.Benchmarks;

if (args is ["--" + ColdStart.Option, var kind, var count])
{
    // Ahead of everything that a program of one map would not load.
    await ColdStart.RunAsync(kind, int.Parse(count, CultureInfo.InvariantCulture));
    return 0;
}
return await BenchmarkProgram.RunAsync(args);
