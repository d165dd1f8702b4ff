using System.Buffers.Binary;

namespace BlockSnap.Tests.Fuzz;

/// <summary>
/// Makes new inputs from real ones: bits and bytes changed, numbers set to the values at which code breaks, pieces removed, repeated,
/// moved, taken from another input, and the end cut off. From a seed alone. Not thread-safe.
/// </summary>
internal sealed class Mutator(SeededRandom random)
{
    private static readonly ulong[] s_borders =
    [
        0, 1, 2, 3, 7, 8, 31, 32, 33, 63, 64, 127, 128, 255, 256, 511, 512, 4095, 4096, 4097, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0xF_FFFF, 0x10_0000,
        0x7FFF_FFFE, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFF0, 0xFFFF_FFFF, 0x1_0000_0000, 0x3F_FFFF_FFFF, 0x3FFF_FFFF_FFFF_FFFF, 0x4000_0000_0000_0000,
        0x7FFF_FFFF_FFFF_FFFF, 0x8000_0000_0000_0000, 0xFFFF_FFFF_FFFF_FF00, 0xFFFF_FFFF_FFFF_FFFF,
    ];

    /// <summary>One to four changes of an input.</summary>
    /// <param name="input">A real one; not changed.</param>
    /// <param name="other">Another one, for pieces of it.</param>
    /// <param name="keepLength">Whether the result must have the input's length, as a structure of fixed size has.</param>
    public byte[] Mutate(ReadOnlySpan<byte> input, ReadOnlySpan<byte> other, bool keepLength = false)
    {
        byte[] bytes = input.ToArray();
        for (int changes = 1 + random.Next(4); changes > 0 && bytes.Length > 0; changes--)
        {
            bytes = random.Next(keepLength ? 7 : 11) switch
            {
                0 => FlipBit(bytes),
                1 => SetByte(bytes),
                2 or 3 => SetNumber(bytes),
                4 => AddToNumber(bytes),
                5 => Overwrite(bytes, other),
                6 => Move(bytes),
                7 => Remove(bytes),
                8 => Repeat(bytes),
                9 => Splice(bytes, other),
                _ => bytes[..random.Next(bytes.Length)],
            };
        }

        return bytes;
    }

    private byte[] FlipBit(byte[] bytes)
    {
        bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
        return bytes;
    }

    private byte[] SetByte(byte[] bytes)
    {
        bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        return bytes;
    }

    // Fields lie on multiples of their size as a rule.
    private byte[] SetNumber(byte[] bytes) => PutNumber(bytes, s_borders[random.Next(s_borders.Length)]);

    private byte[] AddToNumber(byte[] bytes)
    {
        if (bytes.Length < 8)
        {
            return FlipBit(bytes);
        }

        int at = random.Next(bytes.Length / 8) * 8;
        ulong value = BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(at));
        int shift = random.Next(64);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(at), random.Next(2) == 0 ? value + (1UL << shift) : value - (1UL << shift));
        return bytes;
    }

    private byte[] PutNumber(byte[] bytes, ulong value)
    {
        int size = 1 << random.Next(4);
        if (bytes.Length < size)
        {
            return FlipBit(bytes);
        }

        int at = random.Next(4) == 0 ? random.Next(bytes.Length - size + 1) : random.Next(bytes.Length / size) * size;
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(number, value);
        number[..size].CopyTo(bytes.AsSpan(at));
        return bytes;
    }

    private byte[] Overwrite(byte[] bytes, ReadOnlySpan<byte> other)
    {
        int length = 1 + random.Next(Math.Min(64, bytes.Length));
        int at = random.Next(bytes.Length - length + 1);
        if (other.Length < length || random.Next(4) == 0)
        {
            bytes.AsSpan(at, length).Clear();
        }
        else
        {
            other.Slice(random.Next(other.Length - length + 1), length).CopyTo(bytes.AsSpan(at));
        }

        return bytes;
    }

    private byte[] Move(byte[] bytes)
    {
        int length = 1 + random.Next(Math.Min(64, bytes.Length));
        byte[] piece = bytes.AsSpan(random.Next(bytes.Length - length + 1), length).ToArray();
        piece.CopyTo(bytes, random.Next(bytes.Length - length + 1));
        return bytes;
    }

    private byte[] Remove(byte[] bytes)
    {
        int length = 1 + random.Next(Math.Min(64, bytes.Length));
        int at = random.Next(bytes.Length - length + 1);
        return [.. bytes[..at], .. bytes[(at + length)..]];
    }

    private byte[] Repeat(byte[] bytes)
    {
        int length = 1 + random.Next(Math.Min(64, bytes.Length));
        int at = random.Next(bytes.Length - length + 1);
        return [.. bytes[..(at + length)], .. bytes[at..]];
    }

    private byte[] Splice(byte[] bytes, ReadOnlySpan<byte> other)
    {
        ReadOnlySpan<byte> tail = other.Length == 0 ? [] : other[random.Next(other.Length)..];
        return [.. bytes.AsSpan(0, random.Next(bytes.Length + 1)), .. tail];
    }
}
