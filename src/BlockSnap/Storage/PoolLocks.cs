namespace BlockSnap.Storage;

/// <summary>The locks of a pool, in the order in which they are taken.</summary>
[Flags]
internal enum PoolLocks
{
    None = 0,
    Upkeep = 1,
    Compaction = 2,
    Checkpoint = 4,
    Ledger = 8,
    Flush = 16,
    Device = 32,
    Gate = 64,
}
