namespace BlockSnap.Storage;

/// <summary>Bytes of a store.</summary>
/// <param name="LiveBytes">Blocks and nodes with references.</param>
/// <param name="NodeBytes">Those of them that are map nodes.</param>
/// <param name="DeadBytes">The rest of the segments that are no longer written to.</param>
/// <param name="PhysicalBytes">All files.</param>
internal readonly record struct StoreUsage(long LiveBytes, long NodeBytes, long DeadBytes, long PhysicalBytes);
