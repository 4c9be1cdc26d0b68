namespace PathosHpc;

/// <summary>The ranks behind an <see cref="MpiPool"/>, however they came to be.</summary>
internal abstract class MpiWorld : IAsyncDisposable
{
    public abstract int Size { get; }

    /// <summary>Refuses a program that cannot start ranks.</summary>
    public virtual void CheckProgram() { }

    public abstract void Start<TItem, TResult>(MapRequest<TItem, TResult> request, MapRun<TResult> run);

    public abstract ValueTask DisposeAsync();
}
