namespace BlockSnap;

/// <summary>What <see cref="DiskImage.UpdateAsync"/> did, or would do. Immutable.</summary>
/// <param name="ReadBytes">The bytes of the image, which is the disk's size afterwards.</param>
/// <param name="WrittenBytes">The bytes of the blocks that differed, those that became zero included.</param>
public sealed record ImageUpdate(long ReadBytes, long WrittenBytes);
