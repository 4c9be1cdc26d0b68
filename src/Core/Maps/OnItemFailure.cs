namespace PathosHpc;

/// <summary>What a map does when an item fails.</summary>
public enum OnItemFailure
{
    /// <summary>The map ends with the <see cref="ItemFailedException"/>; items that have not begun are not computed.</summary>
    Stop,

    /// <summary>All other items are computed; at its end the map throws a <see cref="MapFailedException"/> that carries every failure
    /// and the results. Ordered results have the default value in a failed item's place; unordered ones leave it out.</summary>
    Continue,
}
