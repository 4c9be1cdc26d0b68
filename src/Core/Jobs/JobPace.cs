namespace PathosHpc;

/// <summary>How often schedulers and job folders are asked. Tests shorten it.</summary>
internal sealed record JobPace
{
    internal static JobPace Default { get; } = new();

    /// <summary>Between two questions at least, so that many small reasons to ask become one question.</summary>
    internal TimeSpan LeastInterval { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Until the first question about a job, and from that to the second; it doubles from there.</summary>
    internal TimeSpan FirstInterval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Between two questions about jobs that wait or run for long.</summary>
    internal TimeSpan LongestInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Questions to one scheduler within <see cref="Window"/>, however many jobs.</summary>
    internal int MostQueries { get; init; } = 6;

    internal TimeSpan Window { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Looks into the job folders: from so often, while something happens,</summary>
    internal TimeSpan FirstLook { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>to so often, while nothing does.</summary>
    internal TimeSpan LongestLook { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>A job that the scheduler does not know is forgotten after so many answers to that effect</summary>
    internal int ForgottenAnswers { get; init; } = 3;

    /// <summary>over at least so long.</summary>
    internal TimeSpan ForgottenAfter { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Between two look-ups after a submission whose answer was lost, and between two orders to cancel that were refused.</summary>
    internal TimeSpan Retry { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>A job that was ordered to end and does not is ordered again after so long.</summary>
    internal TimeSpan CancelAgain { get; init; } = TimeSpan.FromSeconds(20);
}
