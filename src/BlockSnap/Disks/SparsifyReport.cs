namespace BlockSnap;

/// <summary>What <see cref="DiskPool.SparsifyAsync"/> found. Immutable.</summary>
/// <param name="CheckedBytes">The bytes of the blocks that the disk stored and that were looked at.</param>
/// <param name="HoleBytes">The bytes of the blocks of zeros among them, which are holes now, or would be without a dry run.</param>
public sealed record SparsifyReport(long CheckedBytes, long HoleBytes);
