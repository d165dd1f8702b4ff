namespace BlockSnap.Storage;

/// <summary>Bytes of a store.</summary>
/// <param name="LiveBytes">Blocks and nodes with references.</param>
/// <param name="NodeBytes">Those of them that are map nodes.</param>
/// <param name="DeadBytes">The rest of the segments that are no longer written to, as far as it takes space.</param>
/// <param name="PhysicalBytes">All files, without what is known to be given back to the device in parts of them.</param>
/// <param name="HoleBytes">What is known to be given back.</param>
internal readonly record struct StoreUsage(long LiveBytes, long NodeBytes, long DeadBytes, long PhysicalBytes, long HoleBytes);
