using BlockSnap.Primitives;

namespace BlockSnap.Disks;

/// <summary>One look at all that a disk stores, for blocks of zeros (R42). For one use.</summary>
/// <param name="disk">The disk, opened.</param>
/// <param name="volume">The same disk as the engine sees it.</param>
/// <param name="dryRun">Whether blocks of zeros are only counted.</param>
/// <param name="progress">Bytes of the disk dealt with, holes included.</param>
internal sealed class SparsifyPass(DiskBase disk, DiskVolume volume, bool dryRun, IProgress<WorkProgress>? progress)
{
    public async Task<SparsifyReport> RunAsync(CancellationToken cancellationToken)
    {
        var meter = new ProgressMeter(progress, disk.Engine.Store.Time);
        int log2 = volume.BlockSize.Log2;
        long size = disk.Size;
        long checkedBytes = 0;
        long holeBytes = 0;
        await foreach (ByteRange extent in disk.GetAllocatedExtentsAsync(cancellationToken).ConfigureAwait(false))
        {
            for (long offset = extent.Offset; offset < extent.End;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                long blocksLeft = DiskVolume.BlocksOf(extent.End - offset, volume.BlockSize);
                int zeros = disk.Engine.ClearZeros(volume, offset >> log2, blocksLeft, clears: !dryRun, out int looked);
                holeBytes += (long)zeros << log2;
                checkedBytes += (long)looked << log2;
                offset += (long)looked << log2;
                meter.Report(Math.Min(offset, size), size);
            }
        }

        meter.Report(size, size);
        return new SparsifyReport(checkedBytes, holeBytes);
    }
}
