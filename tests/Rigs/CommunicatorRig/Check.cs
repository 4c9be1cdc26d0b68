using System.Runtime.CompilerServices;

namespace PathosHpc.CommunicatorRig;

/// <summary>Assertions of a rank: a failed one is an unhandled exception, which ends the world.</summary>
internal static class Check
{
    public static void That(bool holds, string? detail = null, [CallerArgumentExpression(nameof(holds))] string? what = null)
    {
        if (!holds)
            throw new InvalidOperationException($"{what} does not hold{(detail is null ? "" : $": {detail}")}.");
    }

    public static void Equal<T>(T expected, T actual, [CallerArgumentExpression(nameof(actual))] string? what = null) =>
        That(EqualityComparer<T>.Default.Equals(expected, actual), $"expected {expected}, found {actual}", what);

    public static TException Throws<TException>(Action action) where TException : Exception
    {
        try
        {
            action();
        }
        catch (TException e)
        {
            return e;
        }
        throw new InvalidOperationException($"No {typeof(TException).Name} was thrown.");
    }
}
