using BlockSnap.Log;

namespace BlockSnap.Storage;

/// <summary>Where a block lies at present; its file stays pinned until <see cref="Release"/>.</summary>
internal readonly struct BlockPlace(SegmentFile file, IDeviceFile handle, long offset)
{
    public IDeviceFile Handle { get; } = handle;

    public long Offset { get; } = offset;

    /// <summary>Reads from the place.</summary>
    /// <returns>Bytes read, short at the end of the file only.</returns>
    /// <exception cref="BlockCorruptedException">The storage failed. Disk and range are for the caller to add.</exception>
    public int Read(Span<byte> destination)
    {
        try
        {
            return Handle.Read(Offset, destination);
        }
        catch (IOException failure) when (failure is not BlockSnapException)
        {
            throw new BlockCorruptedException(
                $"{destination.Length} bytes of {Handle.Name} at offset {Offset} cannot be read",
                innerException: failure);
        }
    }

    public void Release() => file.Unpin();
}
