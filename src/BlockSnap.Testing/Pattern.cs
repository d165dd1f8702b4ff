using System.Buffers.Binary;

namespace BlockSnap.Testing;

/// <summary>Test data that is the same on every run, has no zero byte, and tells which write it came from.</summary>
internal static class Pattern
{
    /// <summary>The bytes that belong to a seed; another seed gives other bytes at nearly every place.</summary>
    public static byte[] Bytes(int length, long seed)
    {
        byte[] data = new byte[length];
        Fill(data, seed);
        return data;
    }

    public static void Fill(Span<byte> data, long seed)
    {
        ulong state = (ulong)seed * 0x9E3779B97F4A7C15UL;
        Span<byte> word = stackalloc byte[sizeof(ulong)];
        for (int at = 0; at < data.Length; at += word.Length)
        {
            // SplitMix64. The low bit of each byte is set, so that no byte is zero: a zero in a result is a hole or a mistake.
            state = unchecked(state + 0x9E3779B97F4A7C15UL);
            ulong z = state;
            z = unchecked((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL);
            z = unchecked((z ^ (z >> 27)) * 0x94D049BB133111EBUL);
            BinaryPrimitives.WriteUInt64LittleEndian(word, (z ^ (z >> 31)) | 0x0101010101010101UL);
            word[..Math.Min(word.Length, data.Length - at)].CopyTo(data[at..]);
        }
    }

    /// <summary>Fills a whole block with one number, so that a mix of two writes shows.</summary>
    public static void Stamp(Span<byte> block, long number)
    {
        for (int at = 0; at < block.Length; at += sizeof(long))
        {
            BinaryPrimitives.WriteInt64LittleEndian(block[at..], number);
        }
    }

    /// <summary>The number a block was stamped with, 0 for a block of zeros; fails when the block is a mix.</summary>
    public static long ReadStamp(ReadOnlySpan<byte> block)
    {
        long number = BinaryPrimitives.ReadInt64LittleEndian(block);
        for (int at = 0; at < block.Length; at += sizeof(long))
        {
            long other = BinaryPrimitives.ReadInt64LittleEndian(block[at..]);
            if (other != number)
            {
                throw new InvalidDataException($"A torn block: {number} at its start, {other} at byte {at}.");
            }
        }

        return number;
    }
}
