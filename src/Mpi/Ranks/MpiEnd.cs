namespace PathosHpc;

/// <summary>The ends of a rank that do not wait for anything.</summary>
internal static class MpiEnd
{
    /// <summary>What the launcher sees of a world that was ended on purpose: whose item was at fault, it cannot tell then.</summary>
    public const int AbortCode = 75;

    /// <summary>What the launcher sees of a rank whose item ended its process with exit code 0.</summary>
    public const int LeftCode = 76;

    private static readonly TimeSpan FinalizeLimit = TimeSpan.FromSeconds(5);

    /// <summary>Ends the whole world, this process included.</summary>
    public static void Abort()
    {
        if (MpiEnvironment.IsInitialized)
            MpiEnvironment.Initialize().Abort(AbortCode);
        ThisProcess.End(AbortCode);
    }

    /// <summary>Ends this process in good order, though one of its threads is still inside an item; the others are ending too.</summary>
    public static void Exit(int code = 0)
    {
        if (MpiEnvironment.IsInitialized)
            MpiEnvironment.Initialize().Finalize(FinalizeLimit);
        ThisProcess.End(code);
    }

    /// <summary>An item, or the user's program, ended this process, with exit code 0, while the other ranks count on it.</summary>
    public static void Left()
    {
        MpiEnvironment environment = MpiEnvironment.Initialize();
        MpiProcessEnd.Say(LastWords.OfLeaving(environment.World.Rank, environment.World.Size));
        environment.Abort(LeftCode);
    }
}
