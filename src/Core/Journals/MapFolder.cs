namespace PathosHpc;

/// <summary>The part of a job folder in which a submitted map lies: what is to be computed, and what has been.</summary>
internal static class MapFolder
{
    /// <summary>Its name in the job folder.</summary>
    public const string Name = "map";

    /// <summary>Options and function; the items; the ids of the jobs, one a line; the results.</summary>
    public const string Function = "function", Items = "items", Jobs = "jobs", Journal = "journal";

    /// <summary>There once nothing is left to do, or nothing can be done: the later jobs of the map end at once.</summary>
    public const string Over = "over";
}
