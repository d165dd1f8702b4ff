using BlockSnap.Log;

namespace BlockSnap.Storage;

/// <summary>Where a block lies at present; its file stays pinned until <see cref="Release"/>.</summary>
internal readonly struct BlockPlace(SegmentFile file, IDeviceFile handle, long offset)
{
    public IDeviceFile Handle { get; } = handle;

    public long Offset { get; } = offset;

    /// <summary>The file's number, to see whether two places are neighbours.</summary>
    public int FileNumber => file.Number;

    public void Release() => file.Unpin();
}
