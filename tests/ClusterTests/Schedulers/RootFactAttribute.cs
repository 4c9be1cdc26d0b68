namespace PathosHpc.ClusterTests;

/// <summary>A test that needs another user beside the one that runs it.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RootFactAttribute : FactAttribute
{
    public RootFactAttribute()
    {
        if (!Environment.IsPrivilegedProcess) Skip = "Only root can become another user. As an ordinary user, the other tests show what this one does.";
    }
}
