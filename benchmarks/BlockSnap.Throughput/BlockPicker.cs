namespace BlockSnap.Throughput;

/// <summary>Random block numbers from a seed, with repetition, in about a nanosecond each (xorshift64*). For one thread.</summary>
internal struct BlockPicker(long blockCount, ulong seed)
{
    private ulong _state = (seed + 1) * 0x9E3779B97F4A7C15;

    /// <summary>0 to the number of blocks, exclusive.</summary>
    public long Next()
    {
        _state ^= _state >> 12;
        _state ^= _state << 25;
        _state ^= _state >> 27;
        return (long)Math.BigMul(_state * 0x2545F4914F6CDD1D, (ulong)blockCount, out _);
    }

    /// <summary><paramref name="count"/> different numbers in random order.</summary>
    public static int[] Distinct(int blockCount, int count, ulong seed)
    {
        int[] numbers = new int[blockCount];
        for (int i = 0; i < numbers.Length; i++)
        {
            numbers[i] = i;
        }

        var random = new Random((int)seed);
        for (int i = 0; i < count; i++)
        {
            int other = random.Next(i, blockCount);
            (numbers[i], numbers[other]) = (numbers[other], numbers[i]);
        }

        return numbers[..count];
    }
}
