using PathosHpc;

namespace PathosHpc.FaultRig;

/// <summary>A program that submits a map and is killed.</summary>
internal static class Submitting
{
    /// <param name="workFolder">Where job folders go.</param>
    /// <param name="mpiexec">What starts the ranks.</param>
    /// <param name="ssh">Configuration of ssh and path of slurm.conf, to submit over the host "box"; empty to submit from here.</param>
    public static async Task<int> RunAsync(string workFolder, string mpiexec, params string[] ssh)
    {
        await using SshHost? host = ssh is [var configuration, var slurm] ? new SshHost("box", new SshHostOptions { ConfigurationFile = configuration, Interactive = false, Options = [$"SetEnv=SLURM_CONF={slurm}"] }) : null;
        double factor = 0.5;
        await using var job = await MpiPool.SubmitAsync(new MpiPoolOptions
        {
            Scheduler = new SlurmScheduler(),
            Host = host,
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
