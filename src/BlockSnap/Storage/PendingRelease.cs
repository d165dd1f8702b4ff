namespace BlockSnap.Storage;

/// <summary>A node whose reference is to be given back: what it refers to follows when it was the last one.</summary>
internal readonly record struct PendingRelease(BlockId Id, ulong Checksum, int Level);
