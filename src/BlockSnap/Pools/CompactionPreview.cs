namespace BlockSnap;

/// <summary>
/// What <see cref="DiskPool.CompactAsync"/> would do, near enough: no block is read for it, and what is given back in holes of files that stay
/// comes on top. Immutable.
/// </summary>
/// <param name="MovedBytes">The bytes of living blocks that would be read and written again, elsewhere.</param>
/// <param name="FreedBytes">By how much the pool's files would take less space then.</param>
public sealed record CompactionPreview(long MovedBytes, long FreedBytes);
