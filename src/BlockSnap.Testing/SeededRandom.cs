namespace BlockSnap.Testing;

/// <summary>
/// Random numbers that depend on the seed alone. They are the same on every system and in every version of the framework, so a seed with
/// which a test failed makes it fail again. The generator is SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators,
/// 2014). Not thread-safe; not for cryptography.
/// </summary>
/// <param name="seed">Any number.</param>
public sealed class SeededRandom(long seed)
{
    // Mixed, or neighbouring seeds would give the same numbers, shifted by one.
    private ulong _state = Mix((ulong)seed);

    /// <summary>Any 64 bits.</summary>
    public long NextInt64()
    {
        _state = unchecked(_state + 0x9E3779B97F4A7C15UL);
        return unchecked((long)Mix(_state));
    }

    /// <summary>A number from 0 up to, not including, a bound of at least 1.</summary>
    public int Next(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bound, 1);
        return (int)(((ulong)NextInt64() >> 32) * (ulong)bound >> 32);
    }

    /// <summary>A number from <paramref name="first"/> up to, not including, <paramref name="bound"/>.</summary>
    public int Next(int first, int bound) => first + Next(bound - first);

    private static ulong Mix(ulong z)
    {
        z = unchecked((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL);
        z = unchecked((z ^ (z >> 27)) * 0x94D049BB133111EBUL);
        return z ^ (z >> 31);
    }
}
