using PathosHpc;

namespace PathosHpc.FaultRig;

/// <summary>A program that submits a map and is killed.</summary>
internal static class Submitting
{
    /// <param name="workFolder">Where job folders go.</param>
    /// <param name="mpiexec">What starts the ranks.</param>
    public static async Task<int> RunAsync(string workFolder, string mpiexec)
    {
        double factor = 0.5;
        await using var job = await MpiPool.SubmitAsync(new MpiPoolOptions
        {
            Scheduler = new SlurmScheduler(),
            Resources = new() { Nodes = 2, RanksPerNode = 1, Walltime = TimeSpan.FromMinutes(5) },
            WorkFolder = workFolder,
            Mpiexec = mpiexec,
        }, x =>
        {
            Thread.Sleep(20);
            return x * factor;
        }, Enumerable.Range(0, 200));
        Console.WriteLine(job.Id);
        await Task.Delay(Timeout.Infinite);
        return 0;
    }
}
