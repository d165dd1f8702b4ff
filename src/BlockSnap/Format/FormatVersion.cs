namespace BlockSnap.Format;

/// <summary>The version of the pool format this code reads and writes. FORMAT.md describes every byte.</summary>
internal static class FormatVersion
{
    public const int Current = 1;

    /// <summary>
    /// Features without which this build's pools cannot be read: none so far. One bit each in the superblock; a pool that needs another
    /// bit is refused.
    /// </summary>
    public const uint RequiredFeatures = 0;

    /// <summary>Features that a reader may pass over: none so far. A build writes only the bits that it knows.</summary>
    public const uint OptionalFeatures = 0;

    /// <summary>The unit of headers, heads of batches and pages of the segment table.</summary>
    public const int PageBytes = 4096;

    /// <summary>The granules that a segment may have, as logarithms: from the smallest block to a page.</summary>
    public const int GranuleLog2Min = 9;

    /// <inheritdoc cref="GranuleLog2Min"/>
    public const int GranuleLog2Max = 12;

    /// <summary>Multiplies a number that stands before a checksum; the product is folded into the checksum.</summary>
    public const ulong PageCountFold = 0x9E37_79B9_7F4A_7C15;

    /// <summary>
    /// After an unclean stop the next segment gets a number this much higher, so that a number whose first batch was lost is never
    /// given again (I13); a checkpoint is forced long before this many segments were opened since the last one.
    /// </summary>
    public const int SegmentNumberGap = 4096;
}
