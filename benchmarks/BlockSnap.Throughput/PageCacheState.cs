namespace BlockSnap.Throughput;

/// <summary>
/// How the raw file came into the page cache, which on ext4 decides its figures more than anything else. A 4 KiB overwrite inside a large
/// folio walks every buffer head of the folio (16-43 k/s instead of 300-400 k/s); a read from a large folio is a quarter faster.
/// </summary>
internal enum PageCacheState
{
    Unknown,

    /// <summary>Dropped, then rewritten by 4 KiB writes: small folios, the file's best state for 4 KiB writes.</summary>
    SmallWrites,

    /// <summary>Dropped, then rewritten by 1 MiB writes: large folios, the file's best state for 1 MiB writes.</summary>
    LargeWrites,

    /// <summary>
    /// Dropped, then read front to back in 1 MiB: large folios, the file's best state for reads. A pool's files have large folios from being
    /// written.
    /// </summary>
    ReadThrough,
}
