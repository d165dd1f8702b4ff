namespace BlockSnap.Throughput;

/// <summary>Where a full disk's blocks lie in the log.</summary>
internal enum PoolLayout
{
    /// <summary>Whatever earlier workloads left.</summary>
    Any,

    /// <summary>Written front to back once, and then only the few blocks between the snapshots.</summary>
    InOrder,

    /// <summary>Each block written once more, in random order.</summary>
    Scattered,
}
