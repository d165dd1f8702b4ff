namespace BlockSnap.Storage;

/// <summary>Bytes of a store.</summary>
/// <param name="LiveBytes">Blocks and nodes with references.</param>
/// <param name="NodeBytes">Those of them that are map nodes.</param>
/// <param name="DeadBytes">The rest of the files that are no longer written to, without <paramref name="HoleBytes"/>.</param>
/// <param name="PhysicalBytes">All files, without <paramref name="HoleBytes"/>.</param>
/// <param name="HoleBytes">What is known to be given back to the device inside files.</param>
internal readonly record struct StoreUsage(long LiveBytes, long NodeBytes, long DeadBytes, long PhysicalBytes, long HoleBytes);
