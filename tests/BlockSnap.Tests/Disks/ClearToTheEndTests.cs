using BlockSnap.Tests.Infrastructure;
using BlockSnap.Tests.Storage;

namespace BlockSnap.Tests.Disks;

/// <summary>What is cleared up to the end of a disk takes the disk's last block whole. Only the disk's end at that moment counts.</summary>
public sealed class ClearToTheEndTests
{
    private const int Block = 4096;
    private const int Size = (3 * Block) + 512;

    [Fact]
    public async Task GrownAndWrittenMeanwhile_KeepsWhatLiesBehindTheOldEnd()
    {
        var device = new HookedDevice(new MemoryDevice());
        await using DiskPool pool = await DiskPool.CreateAsync(device, PoolChoice.Small.ToOptions());
        using IDisk disk = await pool.CreateDiskAsync("disk", Size);
        disk.WriteBlock(0, seed: 1);
        disk.Flush();
        byte[] late = Pattern.Bytes(Block, seed: 2);
        int reads = 0;
        device.Before = (what, _) =>
        {
            if (what == "read" && reads++ == 0) // of the first block, of which a part is cleared
            {
                disk.Resize(4 * Block);
                disk.Write(3 * Block, late);
            }
        };

        disk.WriteZeroes(100, Size - 100);

        Assert.InRange(reads, 1, int.MaxValue);
        Assert.Equal([.. new byte[512], .. late[512..]], disk.ReadBytes(3 * Block, Block));
    }
}
