namespace PathosHpc;

/// <summary>What a rank owes the others when its process ends.</summary>
internal static class MpiProcessEnd
{
    /// <summary>Exit code of a world that an unhandled exception ended.</summary>
    public const int UnhandledExceptionCode = 1;

    /// <summary>What Hydra has not forwarded yet when a rank aborts, nobody sees.</summary>
    private static readonly TimeSpan ForwardTime = TimeSpan.FromMilliseconds(100);

    /// <summary>What to do when the process ends with exit code 0 while this rank serves a pool or leads one: the others are not about to end.</summary>
    public static Action? WhileServing { get; set; }

    /// <summary>Finalizes when the process succeeded; any other exit code ends the world, for the other ranks may wait for this one.</summary>
    public static void AtExit(MpiEnvironment environment)
    {
        if (!MpiEnvironment.IsInitialized)
            return;
        int code = Environment.ExitCode;
        if (code != 0)
        {
            Say(LastWords.OfExit(environment.World.Rank, environment.World.Size, code));
            environment.Abort(code);
        }
        WhileServing?.Invoke();
        if (!MpiEnvironment.IsInitialized)
            return;
        try
        {
            // Ranks that end hours apart are legal: they wait here, asleep, and not in MPI_Finalize, where a wait has a limit.
            environment.World.Barrier();
        }
        catch (MpiException e)
        {
            Say($"Rank {environment.World.Rank} cannot reach the others at its end: {e.Message}");
            environment.Abort(UnhandledExceptionCode);
        }
        if (!environment.Finalize(MpiEnvironment.FinalizeLimit))
            MpiEnvironment.Exit(code);
    }

    /// <summary>Prints the exception and ends the world, so that no rank waits for this one.</summary>
    public static void AtUnhandledException(MpiEnvironment environment, object exception)
    {
        if (!MpiEnvironment.IsInitialized)
            return;
        Say(LastWords.OfException(environment.World.Rank, environment.World.Size, exception));
        environment.Abort(UnhandledExceptionCode);
    }

    /// <summary>Prints a last line. Not with <see cref="Console.Error"/>: that may be a pool's, whose lines would travel over the MPI that ends here.</summary>
    public static void Say(string text)
    {
        using var error = new StreamWriter(Console.OpenStandardError());
        error.WriteLine(text);
        error.Flush();
        Thread.Sleep(ForwardTime);
    }
}
