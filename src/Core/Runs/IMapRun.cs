namespace PathosHpc;

/// <summary>A map that runs, whatever its result type: what its pool needs to end it.</summary>
internal interface IMapRun
{
    /// <summary>Called once when the run has ended.</summary>
    Action? Ended { get; set; }

    /// <summary>Ends the run; only the first call counts.</summary>
    void End(Exception? exception);
}
