namespace PathosHpc;

/// <summary>When the scheduler sends e-mail about a job.</summary>
[Flags]
public enum JobMail
{
    /// <summary>Never.</summary>
    None = 0,
    /// <summary>When it starts.</summary>
    Start = 1,
    /// <summary>When it ends.</summary>
    End = 2,
    /// <summary>When it fails or is canceled.</summary>
    Failure = 4,
}
