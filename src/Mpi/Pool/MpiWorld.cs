namespace PathosHpc;

/// <summary>The ranks behind an <see cref="MpiPool"/>, however they came to be.</summary>
internal abstract class MpiWorld : IAsyncDisposable
{
    public abstract int Size { get; }

    /// <summary>The host of its ranks when that does not have the files of this machine; null otherwise.</summary>
    public virtual ClusterHost? FarHost => null;

    /// <summary>Refuses a program that cannot start ranks.</summary>
    public virtual void CheckProgram() { }

    public abstract void Start<TItem, TResult>(MapRequest<TItem, TResult> request, MapRun<TResult> run);

    public abstract ValueTask DisposeAsync();
}
