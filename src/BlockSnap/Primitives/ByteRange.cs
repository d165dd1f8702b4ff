namespace BlockSnap;

/// <summary>A range of bytes of a disk. Immutable.</summary>
/// <param name="Offset">The first byte.</param>
/// <param name="Length">The number of bytes.</param>
public readonly record struct ByteRange(long Offset, long Length)
{
    /// <summary>One past the last byte.</summary>
    public long End => Offset + Length;

    /// <summary>Offset and length, as text.</summary>
    public override string ToString() => $"{Offset}+{Length}";
}
