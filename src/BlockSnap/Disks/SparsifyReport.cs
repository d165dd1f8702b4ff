namespace BlockSnap;

/// <summary>What <see cref="DiskPool.SparsifyAsync"/> found. Immutable.</summary>
/// <param name="CheckedBytes">The bytes of the blocks that the disk stored and that were looked at.</param>
/// <param name="HoleBytes">Of them those of blocks of zeros, which are holes now, or would be without a dry run.</param>
public sealed record SparsifyReport(long CheckedBytes, long HoleBytes);
