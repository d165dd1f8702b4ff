namespace BlockSnap;

/// <summary>
/// What <see cref="DiskPool.CompactAsync"/> would do, nearly: no block is read to tell it, and space given back as holes of files that stay comes on
/// top. Immutable.
/// </summary>
/// <param name="MovedBytes">The bytes of living blocks that would be read and written again, elsewhere.</param>
/// <param name="FreedBytes">How many bytes less the pool's files would take then.</param>
public sealed record CompactionPreview(long MovedBytes, long FreedBytes);
