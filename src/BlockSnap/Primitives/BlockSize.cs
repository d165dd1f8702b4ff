using System.Numerics;

namespace BlockSnap;

/// <summary>The map block size of a disk: a power of two from 512 B to 1 MiB. The default value means 4 KiB. Immutable.</summary>
public readonly record struct BlockSize
{
    /// <summary>The smallest block size, 512 bytes.</summary>
    public const int MinimumBytes = 512;

    /// <summary>The largest block size, 1 MiB.</summary>
    public const int MaximumBytes = 1 << 20;

    private const int DefaultBytes = 4096;

    private readonly int _bytes;

    /// <summary>Makes a block size.</summary>
    /// <param name="bytes">A power of two from <see cref="MinimumBytes"/> to <see cref="MaximumBytes"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bytes"/> is something else.</exception>
    public BlockSize(int bytes)
    {
        if (bytes is < MinimumBytes or > MaximumBytes || !BitOperations.IsPow2(bytes))
        {
            throw new ArgumentOutOfRangeException(nameof(bytes), bytes, "A block size is a power of two from 512 bytes to 1 MiB.");
        }

        _bytes = bytes;
    }

    /// <summary>4 KiB.</summary>
    public static BlockSize Default => new(DefaultBytes);

    /// <summary>The size in bytes.</summary>
    public int Bytes => _bytes == 0 ? DefaultBytes : _bytes;

    /// <summary>The base-two logarithm of <see cref="Bytes"/>, 9 to 20.</summary>
    public int Log2 => BitOperations.Log2((uint)Bytes);

    /// <summary>Two sizes are equal when they have as many bytes: the default value equals 4 KiB.</summary>
    public bool Equals(BlockSize other) => Bytes == other.Bytes;

    /// <inheritdoc/>
    public override int GetHashCode() => Bytes;

    /// <summary>The size in bytes, as text.</summary>
    public override string ToString() => Bytes.ToString();
}
