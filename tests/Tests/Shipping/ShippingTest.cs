using System.Reflection;

namespace PathosHpc.Tests;

/// <summary>Base of the tests that ship functions.</summary>
public abstract class ShippingTest : CodecTest
{
    private protected ShippingTest(CodecPath path) : base(path) { }

    private protected static ShippedFunction Written<T, TResult>(Func<T, TResult> f) => FunctionShipping.Encode(new SyncFunction<T, TResult>(f), false);

    /// <summary>There and back, as the pools do it.</summary>
    protected static Func<T, TResult> Send<T, TResult>(Func<T, TResult> f) =>
        (Func<T, TResult>)((SyncFunction<T, TResult>)FunctionShipping.Decode(Written(f).Payload)).Target;

    protected static CannotShipException Refused<T, TResult>(Func<T, TResult> f) =>
        Assert.Throws<CannotShipException>(() => Written(f));

    protected static IReadOnlyList<string> Warnings<T, TResult>(Func<T, TResult> f) => Written(f).Warnings;

    /// <summary>The captured variable <paramref name="name"/> of a lambda, or null where it was not shipped.</summary>
    protected static object? Captured(Delegate f, string name) =>
        f.Target!.GetType().GetField(name, BindingFlags.Instance | BindingFlags.Public)!.GetValue(f.Target);
}
