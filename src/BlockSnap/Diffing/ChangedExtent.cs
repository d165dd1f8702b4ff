namespace BlockSnap;

/// <summary>A run of bytes that differ between an older and a newer state of a disk, and what it holds in the newer one.</summary>
/// <remarks>An immutable value that stores what it is given unchecked; its producer promises a positive length.</remarks>
/// <param name="Offset">The first byte of the run, in bytes from the start of the disk.</param>
/// <param name="Length">The length of the run in bytes.</param>
/// <param name="Kind">What the run holds in the newer state.</param>
public readonly record struct ChangedExtent(long Offset, long Length, ChangeKind Kind)
{
    /// <summary>The first byte behind the run, in bytes from the start of the disk.</summary>
    public long End => Offset + Length;
}
