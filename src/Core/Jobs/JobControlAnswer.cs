namespace PathosHpc;

/// <summary>What came of holding, releasing or cancelling a job.</summary>
public enum JobControlAnswer
{
    /// <summary>The scheduler took the order; what comes of it must be asked.</summary>
    Accepted,
    /// <summary>The job has ended, or is not known any more.</summary>
    AlreadyEnded,
    /// <summary>The scheduler refused, or could not be asked; its text says which.</summary>
    Refused,
}
