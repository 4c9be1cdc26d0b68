namespace PathosHpc.Examples;

/// <summary>The random numbers of the NAS benchmarks: x(k+1) = a x(k) mod 2^46 with a = 5^13, scaled to (0, 1).
/// The modulus divides 2^64, so that wrapping 64-bit products keep their low 46 bits exact.</summary>
internal struct EpRandom
{
    private const ulong Multiplier = 1_220_703_125;
    private const ulong Mask = (1UL << 46) - 1;
    private const double Scale = 1.0 / (1UL << 46);

    private ulong state;

    private EpRandom(ulong state) => this.state = state;

    /// <summary>The generator that starts at <paramref name="seed"/> after <paramref name="steps"/> calls of <see cref="Next"/>, in O(log steps).</summary>
    public static EpRandom StartAt(ulong seed, ulong steps) => new((seed * Power(Multiplier, steps)) & Mask);

    /// <summary>The next number, in (0, 1).</summary>
    public double Next()
    {
        state = (state * Multiplier) & Mask;
        return state * Scale;
    }

    /// <summary><paramref name="value"/> to the power <paramref name="exponent"/>, mod 2^64.</summary>
    private static ulong Power(ulong value, ulong exponent)
    {
        ulong product = 1;
        for (; exponent != 0; exponent >>= 1)
        {
            if ((exponent & 1) != 0)
                product *= value;
            value *= value;
        }
        return product;
    }
}
