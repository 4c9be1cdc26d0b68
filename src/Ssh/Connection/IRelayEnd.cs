namespace PathosHpc;

/// <summary>What the relay has frames for, by its number.</summary>
internal interface IRelayEnd
{
    uint Number { get; }

    /// <summary>A frame came for it.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="memory">Where it is.</param>
    /// <param name="start">Where its body begins.</param>
    /// <param name="length">How long its body is.</param>
    void Take(char kind, ReceiveMemory memory, int start, int length);

    /// <summary>Nothing comes any more.</summary>
    void Fail(Exception exception);
}
