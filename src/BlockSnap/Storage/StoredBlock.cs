namespace BlockSnap;

/// <summary>What a block store says of a block it took: both are needed to read it again. Immutable.</summary>
/// <param name="Id">The block's name; it also holds the length.</param>
/// <param name="Checksum"><see cref="BlockChecksum.Compute"/> of its bytes, as they were taken.</param>
public readonly record struct StoredBlock(BlockId Id, ulong Checksum);
