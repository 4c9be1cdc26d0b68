namespace PathosHpc;

/// <summary>The reductions that MPI computes itself, on <see cref="int"/>, <see cref="long"/>, <see cref="float"/> and <see cref="double"/>.</summary>
public enum Reduction
{
    /// <summary>The sum. Floating-point sums may differ in their last bits with the number of ranks.</summary>
    Sum,
    /// <summary>The smallest value.</summary>
    Min,
    /// <summary>The largest value.</summary>
    Max,
    /// <summary>The product.</summary>
    Product,
}
