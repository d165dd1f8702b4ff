namespace BlockSnap.Throughput;

/// <summary>How a pool under test is made.</summary>
/// <param name="DiskBytes">The size of its one disk.</param>
/// <param name="WrittenBytes">Bytes written to it, in extents of 1 MiB spread evenly over the disk.</param>
/// <param name="ChangeSteps">How many times some blocks are then changed, with a flush or a snapshot after each time.</param>
/// <param name="Snapshots">Whether each of those steps ends with a snapshot, or only with a flush, so that nothing else differs.</param>
/// <param name="Clones">How many disks are then made from one more snapshot.</param>
/// <param name="StandIn">Whether only heads and maps are stored, and no data: then only what is written afterwards can be read.</param>
internal readonly record struct PoolSpec(long DiskBytes, long WrittenBytes, int ChangeSteps, bool Snapshots, int Clones = 0, bool StandIn = false)
{
    /// <summary>A full disk without snapshots.</summary>
    public static PoolSpec Full(long bytes) => new(bytes, bytes, 0, false);
}
