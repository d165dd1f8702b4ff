using BlockSnap.Format;
using BlockSnap.Log;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Log;

public sealed class LogWriterTests
{
    // The append buffer is used again: what lies there belongs to other blocks, perhaps of a disk that was deleted.
    [Fact]
    public async Task AppendBlock_SmallerThanTheGranuleOfItsSegment_IsPaddedWithZeros()
    {
        const int SmallBlocks = 8;
        const int RoomNeeded = (SmallBlocks + 3) * 4096;
        var medium = new CrashableDevice();
        await using DiskPool pool = await DiskPool.CreateAsync(medium, PoolChoice.SmallRareCheckpoints.ToOptions());
        using IDisk large = await pool.CreateDiskAsync("large", 1 << 20);
        large.Write(0, Pattern.Bytes(160 << 10, seed: 1)); // segments of 64 KiB
        large.Flush(); // so that the buffers of whole segments are free
        for (int index = 0; RoomInSegment(pool) < RoomNeeded || index == 0; index++)
        {
            large.WriteBlock(index, seed: 2); // up to the beginning of a new segment of blocks of 4 KiB, in one of these
        }

        using IDisk small = await pool.CreateDiskAsync("small", 1 << 20, new BlockSize(512));
        small.Write(0, Pattern.Bytes(SmallBlocks * 512, seed: 3));
        small.Flush();

        int found = 0;
        foreach (string file in medium.List().Where(name => name.StartsWith(SegmentFile.Prefix, StringComparison.Ordinal)))
        {
            List<(LogRecord Record, int Offset)> records = PoolSurgeon.Records(medium, file);
            using IDeviceFile data = medium.Open(file, DeviceFileMode.Open);
            foreach ((_, int offset) in records.Where(block => block.Record.StoredBytes == 512))
            {
                byte[] granule = new byte[4096];
                Assert.Equal(granule.Length, data.Read(offset, granule));
                Assert.True(BlockDiffer.IsZero(granule.AsSpan(512)));
                found++;
            }
        }

        Assert.Equal(SmallBlocks, found);
    }

    private static int RoomInSegment(DiskPool pool)
    {
        using (pool.Core.Gate.Enter())
        {
            return pool.Core.Store.Log.RoomInSegment;
        }
    }
}
