namespace PathosHpc.Tests;

public class SiteProfileTests
{
    [Fact]
    public void A_profile_holds_all_that_a_site_needs()
    {
        var site = SiteProfile.Parse("""
            {
              // comments are allowed
              "scheduler": "pbs", "queue": "workq", "account": "abc", "launcher": "openmpi", "mailAddress": "me@x.org", "mail": ["end", "failure"],
              "exclusive": true, "prologue": ["module load openmpi"], "environment": { "OMP_PLACES": "cores" }, "workFolder": "/work/me",
              "dotnet": "/opt/dotnet/dotnet", "addDirectives": ["-l filesystems=home"], "leaveOutDirectives": ["-k"], "gpuSyntax": "accelerators={gpus}", "sshBetweenNodes": false,
            }
            """, "mine");
        Assert.Equal(("mine", "PBS", "mpirun", MpiFlavor.OpenMpi, "/work/me", "/opt/dotnet/dotnet"), (site.Name, site.Scheduler.Name, site.Launcher.Name, site.Launcher.Flavor, site.WorkFolder, site.Dotnet));
        Assert.Equal((JobMail.End | JobMail.Failure, true, "workq"), (site.Scheduler.Mail, site.Scheduler.Exclusive, site.Scheduler.Queue));
        var script = site.Scheduler.RenderScript(new JobPlan { JobName = "x", Spec = new JobSpec { Command = ["true"], Resources = new() { Nodes = 2, GpusPerNode = 4 } } });
        Assert.Contains(":accelerators=4\n", script, StringComparison.Ordinal);
        Assert.Contains("#PBS -l filesystems=home\n", script, StringComparison.Ordinal);
        Assert.Contains("\nmodule load openmpi\n", script, StringComparison.Ordinal);
    }

    [Fact]
    public void All_errors_are_told_at_once()
    {
        var error = Assert.Throws<InvalidSiteProfileException>(() => SiteProfile.Parse("""
            { "scheduler": "torque", "exclusive": true, "launcher": "srun", "workFolder": "work", "prologue": "module", "quue": "x", "mail": ["never"], "hyperthreads": 3 }
            """, "bad"));
        Assert.Equal(7, error.Errors.Count);
        Assert.All(error.Errors, e => Assert.EndsWith(".", e, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{ "scheduler": "lsf" }""")]
    [InlineData("""{ "scheduler": "slurm", "launcher": "aprun" }""")]
    [InlineData("""{ "scheduler": "slurm", "launcher": "aprun -n {ranks} {x}" }""")]
    [InlineData("""{ "scheduler": "slurm", "launcher": "hydra", "mpi": "openmpi" }""")]
    [InlineData("""{ "scheduler": "slurm", "queue": "two words" }""")]
    public void What_is_no_profile_is_refused(string json) => Assert.Single(Assert.Throws<InvalidSiteProfileException>(() => SiteProfile.Parse(json, "bad")).Errors);

    [Theory]
    [InlineData("../evil")]
    [InlineData(".hidden")]
    [InlineData("no-such-site-anywhere")]
    public void A_name_that_is_no_profile_is_told(string name) => Assert.Throws<InvalidSiteProfileException>(() => SiteProfile.Load(name));

    [Theory]
    [InlineData("slurm", "srun", "mpich", false, "srun --ntasks=8 --ntasks-per-node=2 --cpus-per-task=3 --mpi=pmi2 --kill-on-bad-exit=1 --unbuffered \"$PATHOS_RANK\" prog 'a b'")]
    [InlineData("slurm", "srun", "openmpi", false, "srun --ntasks=8 --ntasks-per-node=2 --cpus-per-task=3 --mpi=pmix --kill-on-bad-exit=1 --unbuffered \"$PATHOS_RANK\" prog 'a b'")]
    [InlineData("slurm", "hydra", "mpich", false, "mpiexec.hydra -launcher slurm -n 8 -ppn 2 \"$PATHOS_RANK\" prog 'a b'")]
    [InlineData("pbs", "hydra", "mpich", false, "mpiexec.hydra -launcher rsh -launcher-exec \"$PATHOS_REMOTE\" -f \"$PATHOS_HOSTS\" -n 8 -ppn 2 \"$PATHOS_RANK\" prog 'a b'")]
    [InlineData("torque", "hydra", "mpich", true, "mpiexec.hydra -launcher ssh -f \"$PATHOS_HOSTS\" -n 8 -ppn 2 \"$PATHOS_RANK\" prog 'a b'")]
    [InlineData("pbs", "openmpi", "openmpi", false, "OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_btl_base_warn_component_unused=0 TERM=dumb \"$PATHOS_MPIEXEC\" --hostfile \"$PATHOS_SLOTS\" --mca plm rsh --mca plm_rsh_agent \"$PATHOS_REMOTE\" --map-by ppr:2:node --bind-to none -n 8 -x TERM \"$PATHOS_RANK\" prog 'a b'")]
    [InlineData("slurm", "openmpi", "openmpi", false, "OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_btl_base_warn_component_unused=0 OMPI_MCA_plm_slurm_args='--cpu-bind=cores --cpus-per-task=6' TERM=dumb \"$PATHOS_MPIEXEC\" --map-by ppr:2:node --bind-to none -n 8 -x TERM \"$PATHOS_RANK\" prog 'a b'")]
    [InlineData("slurm", "aprun -n {ranks} -N {perNode} -d {cores}", "mpich", false, "PATHOS_RANK_VARIABLE=APRUN_RANK aprun -n 8 -N 2 -d 3 \"$PATHOS_RANK\" prog 'a b'")]
    public void Each_launcher_has_its_line(string scheduler, string launcher, string mpi, bool ssh, string line)
    {
        var site = SiteProfile.Parse($$"""{ "scheduler": "{{scheduler}}", "launcher": "{{launcher}}", "mpi": "{{mpi}}", "sshBetweenNodes": {{(ssh ? "true" : "false")}}, "rankVariable": "APRUN_RANK" }""", "x");
        var spec = new JobSpec { Resources = ResourceRequest.Parse("4:ppn=2:cpp=3"), Launcher = site.Launcher, Command = ["prog", "a b"] };
        Assert.Contains($"\n{line} &\n", site.Scheduler.RenderScript(new JobPlan { JobName = "x", Spec = spec }), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pbs", "openmpi", MpiFlavor.OpenMpi)]
    [InlineData("torque", "mpich", MpiFlavor.Mpich)]
    public void Where_no_launcher_is_named_the_one_of_the_mpi_is_taken(string scheduler, string mpi, MpiFlavor flavor) =>
        Assert.Equal(flavor, Assert.IsType<MpiexecLauncher>(SiteProfile.Parse($$"""{ "scheduler": "{{scheduler}}", "mpi": "{{mpi}}" }""", "x").Launcher).Flavor);

    [Fact]
    public void A_launcher_that_cannot_start_what_is_asked_for_is_an_error_before_anything_is_submitted()
    {
        var ranks = new JobSpec { Resources = new() { Ranks = 6 }, Command = ["prog"] };
        Assert.Contains("set RanksPerNode", Assert.Single(new SlurmScheduler().Check(ranks with { Launcher = new CommandLauncher("jsrun -n {ranks} -r {perNode}") })), StringComparison.Ordinal);
        Assert.Contains("give the flavor", Assert.Single(new SlurmScheduler().Check(ranks with { Launcher = new MpiexecLauncher() })), StringComparison.Ordinal);
        Assert.Contains("srun belongs to Slurm", Assert.Single(new PbsScheduler().Check(ranks with { Launcher = new SrunLauncher(MpiFlavor.Mpich) })), StringComparison.Ordinal);
        Assert.Contains("with a Launcher", Assert.Single(new PbsScheduler().Check(new JobSpec { CommandLine = "x", Launcher = new MpiexecLauncher(flavor: MpiFlavor.Mpich) })), StringComparison.Ordinal);
        var line = new PbsScheduler().RenderScript(new JobPlan { JobName = "x", Spec = ranks with { Launcher = new MpiexecLauncher("/opt/mpi dir/mpiexec", MpiFlavor.Mpich) } });
        Assert.Contains("\n'/opt/mpi dir/mpiexec' -launcher rsh -launcher-exec \"$PATHOS_REMOTE\" -f \"$PBS_NODEFILE\" -n 6 \"$PATHOS_RANK\" prog &\n", line, StringComparison.Ordinal);
    }
}
