namespace BlockSnap.Storage;

/// <summary>What the store needs of the pool's options.</summary>
internal sealed record StoreOptions(int SegmentBytes, long? CapacityBytes, long CountsMemoryBytes, TimeProvider Time);
