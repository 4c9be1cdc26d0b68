namespace PathosHpc;

/// <summary>What the tool's exit code says to scripts.</summary>
internal static class ExitCodes
{
    internal const int Ok = 0;
    internal const int JobFailed = 1;
    internal const int Usage = 2;
    internal const int Refused = 3;
    internal const int NoSuchJob = 4;
    internal const int JobCanceled = 5;
    internal const int Interrupted = 130;

    internal static int Of(JobResult result) => result.State switch { JobState.Completed => Ok, JobState.Canceled => JobCanceled, _ => JobFailed };
}
