namespace PathosHpc;

/// <summary>The one shape that all functions a user may map are brought to: one item in, one result out.
/// Zips of two and three sequences have tuples as items. Instances travel to workers as they are, delegate and all.</summary>
internal abstract class ItemFunction<TItem, TResult> : ItemFunction
{
    /// <summary>Whether <see cref="InvokeAsync"/> is to be called, not <see cref="Invoke"/>.</summary>
    public virtual bool IsAsync => false;

    public virtual TResult Invoke(TItem item, CancellationToken cancellationToken) => throw new InvalidOperationException("The function is asynchronous.");

    public virtual Task<TResult> InvokeAsync(TItem item, CancellationToken cancellationToken) => throw new InvalidOperationException("The function is synchronous.");

    public sealed override MapComputer NewComputer(int number, MapHeader header) => new MapComputer<TItem, TResult>(number, header, this, encode: true);
}
