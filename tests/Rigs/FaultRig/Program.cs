using PathosHpc.FaultRig;

// submit WORKFOLDER MPIEXEC [SSHCONFIG SLURMCONF]: submits a map to Slurm, tells its id, and waits to be killed. journal KIND FOLDER COUNT: maps with a journal, and tells each result that it sees. client KIND FOLDER: a client that maps until it is killed. world CASE: a program of all ranks.
return args switch
{
    ["journal", var kind, var folder, var count] => await Journaling.RunAsync(args, kind, folder, int.Parse(count, System.Globalization.CultureInfo.InvariantCulture)),
    ["submit", var workFolder, var mpiexec, .. var ssh] => await Submitting.RunAsync(workFolder, mpiexec, ssh),
    ["client", var kind, var folder] => await Client.RunAsync(kind, folder),
    ["job-client", var configuration, var work, var grace, var directive, .. var ssh] => await JobClient.RunAsync(configuration, work, grace, directive, ssh),
    ["world", var what] => await World.RunAsync(args, what),
    _ => throw new ArgumentException($"There is no case '{string.Join(' ', args)}'."),
};
