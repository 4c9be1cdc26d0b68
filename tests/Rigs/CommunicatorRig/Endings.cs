using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace PathosHpc.CommunicatorRig;

/// <summary>How ranks fail and end.</summary>
internal static class Endings
{
    /// <summary>Faults of managed code stay exceptions, and child processes are waited for, after MPI took its signal handlers.</summary>
    public static void Signals(Communicator world)
    {
        for (int i = 0; i < 3; i++)
        {
            Check.Throws<NullReferenceException>(() => Length(null!));
            Check.Throws<DivideByZeroException>(() => Divide(1, 0));
            using Process child = Process.Start("/bin/sh", ["-c", $"exit {7 + i}"]);
            Check.That(child.WaitForExit(10_000));
            Check.Equal(7 + i, child.ExitCode);
            world.Barrier();
        }
    }

    /// <summary>Rank 0 starts a world of two ranks of its own.</summary>
    public static void Nested(Communicator world, MpiFlavor inner)
    {
        if (world.Rank != 0)
            return;
        Launcher launcher = new MpiexecLauncher(inner == MpiFlavor.Mpich ? "mpiexec.hydra" : "mpiexec.openmpi").ResolveAsync(CancellationToken.None).GetAwaiter().GetResult();
        LaunchCommand command = launcher.Plan(new LaunchRequest { Ranks = 2, Command = ["dotnet", typeof(Endings).Assembly.Location, "verbs"] });
        var start = new ProcessStartInfo(command.Arguments[0], command.Arguments.Skip(1)) { RedirectStandardOutput = true };
        foreach (string name in LaunchEnvironment.VariablesToRemove([.. start.Environment.Keys]))
            start.Environment.Remove(name);
        foreach ((string name, string value) in command.Environment)
            start.Environment[name] = value;
        using Process child = Process.Start(start)!;
        Task<string> output = child.StandardOutput.ReadToEndAsync();
        bool ended = child.WaitForExit(30_000);
        if (!ended)
            child.Kill(entireProcessTree: true);
        Check.That(ended);
        Check.Equal(0, child.ExitCode);
        Check.That(output.Result.Contains("passed verbs on 2 ranks", StringComparison.Ordinal), output.Result);
    }

    /// <summary>Rank 0 finalizes while rank 1 never does: MPI_Finalize waits for it, and the watchdog for neither.</summary>
    public static int FinalizeAlone(Communicator world)
    {
        world.Barrier();
        if (world.Rank != 0)
            Thread.Sleep(Timeout.Infinite);
        long start = Stopwatch.GetTimestamp();
        bool done = MpiEnvironment.Initialize().Finalize(TimeSpan.FromSeconds(1));
        Console.WriteLine($"finalized: {done}, in time: {Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(3)}");
        Check.That(!MpiEnvironment.IsInitialized);
        Check.Equal(MpiErrorKind.NotUsable, Check.Throws<MpiException>(() => world.Barrier()).Kind);
        Check.Equal(MpiErrorKind.NotUsable, Check.Throws<MpiException>(() => _ = Communicator.World).Kind);
        MpiEnvironment.Exit(3);
        return 0;
    }

    public static int Run(Communicator world, string how)
    {
        world.Barrier();
        bool last = world.Rank == world.Size - 1;
        switch (how)
        {
            case "clean":
                return 0;
            case "late" when last:
                Thread.Sleep(1500);
                Console.WriteLine("the last rank is done");
                return 0;
            case "late":
                return 0;
            case "exception" when last:
                throw new InvalidOperationException("thrown on purpose");
            case "thread" when last:
                new Thread(() => throw new InvalidOperationException("thrown on purpose")).Start();
                break;
            case "exit" when last:
                Environment.Exit(9);
                break;
            case "code" when last:
                return 5;
            case "abort" when last:
                Communicator.Abort(42);
                break;
            case "kill" when last:
                Process.GetCurrentProcess().Kill();
                break;
        }
        // All but the last wait for a message that never comes.
        world.Receive<int>(world.Size - 1, 99);
        return 0;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Length(string text) => text.Length;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Divide(int a, int b) => a / b;
}
