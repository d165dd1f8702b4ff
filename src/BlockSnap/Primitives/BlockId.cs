namespace BlockSnap;

/// <summary>
/// The name of a stored block: segment number, slot in the segment and size class. Given once, never reused; where the block lies at
/// present is known to the segment table alone. Names grow in log order. Immutable.
/// </summary>
/// <param name="Value">Segment number (38 bits), slot (20 bits), size class (4 bits), from high to low; the two top bits are zero.</param>
public readonly record struct BlockId(ulong Value)
{
    internal const int SlotBits = 20;
    internal const int ClassBits = 4;
    internal const int SegmentBits = 38;
    internal const int SlotsMax = 1 << SlotBits;
    internal const long SegmentMax = (1L << SegmentBits) - 1;

    /// <summary>The class of map nodes; classes 0 to 11 are data blocks of 512 B to 1 MiB.</summary>
    internal const int NodeClass = 12;

    /// <summary>The size of a map node in bytes.</summary>
    internal const int NodeBytes = 4096;

    private const int SegmentShift = SlotBits + ClassBits;

    // Of the smallest block size, which is class 0.
    private const int ClassZeroLog2 = 9;

    internal BlockId(long segment, int slot, int sizeClass)
        : this(((ulong)segment << SegmentShift) | ((ulong)(uint)slot << ClassBits) | (uint)sizeClass)
    {
    }

    /// <summary>Whether this names no block: a hole.</summary>
    public bool IsNone => Value == 0;

    /// <summary>The segment's number, from 1.</summary>
    public long Segment => (long)(Value >> SegmentShift);

    /// <summary>The slot: the granule of the segment at which the block was first written.</summary>
    public int Slot => (int)(Value >> ClassBits) & (SlotsMax - 1);

    /// <summary>The block's length in bytes.</summary>
    public int Length => LengthOf(SizeClass);

    internal int SizeClass => (int)Value & ((1 << ClassBits) - 1);

    internal bool IsNode => SizeClass == NodeClass;

    /// <summary>Whether a block can have this name: a segment that there can be, a size class that there is, nothing in the two top bits.</summary>
    internal bool IsValid => Segment is >= 1 and <= SegmentMax && SizeClass <= NodeClass;

    /// <summary>Segment, slot and length, as text.</summary>
    public override string ToString() => IsNone ? "none" : $"{Segment}:{Slot}/{Length}";

    internal static int LengthOf(int sizeClass) => sizeClass == NodeClass ? NodeBytes : BlockSize.MinimumBytes << sizeClass;

    internal static int ClassOf(BlockSize size) => size.Log2 - ClassZeroLog2;
}
