namespace PathosHpc;

/// <summary>The ends of a rank that do not wait for anything.</summary>
internal static class MpiEnd
{
    /// <summary>Ends the whole world, this process included.</summary>
    public static void Abort()
    {
        if (MpiEnvironment.IsInitialized)
            MpiEnvironment.Initialize().Abort(AbortCode);
        ThisProcess.End(AbortCode);
    }

    /// <summary>Ends this process alone, though one of its threads is still inside an item; the others are ending too.</summary>
    public static void Exit() => ThisProcess.End(0);

    /// <summary>What the launcher sees of a world that was ended on purpose.</summary>
    public const int AbortCode = 75;
}
