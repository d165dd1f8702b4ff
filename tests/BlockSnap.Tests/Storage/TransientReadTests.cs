using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Storage;

/// <summary>
/// Reads that fail for a moment: no count is lost, nothing valid is written over, and what was put off is done when the device reads again.
/// </summary>
public sealed class TransientReadTests
{
    private static readonly DiskPoolOptions s_small = PoolChoice.SmallRareCheckpoints.ToOptions();

    // ReferenceLedger.Drain: what was taken off the queue is lost when a page of counts cannot be read, and the pool goes on.
    [Fact]
    public async Task CountsCannotBeReadOnce_PoolFaultsOrStaysRight()
    {
        using var medium = new MemoryDevice();
        var device = new HookedDevice(medium);
        using (DiskPool first = await DiskPool.CreateAsync(device, s_small))
        {
            IDisk a = await first.CreateDiskAsync("a", 64 << 20);
            for (int i = 0; i < 300; i++)
            {
                a.Write(i * 4096L, Pattern.Bytes(4096, i));
            }
        }

        DiskPool pool = await DiskPool.OpenAsync(device, s_small);
        IDisk disk = pool.OpenDisk("a");
        for (int i = 0; i < 300; i++)
        {
            disk.Write(i * 4096L, Pattern.Bytes(4096, 1000 + i));
        }

        bool failed = false;
        device.Before = (what, name) =>
        {
            if (!failed && what == "read" && name == "counts")
            {
                failed = true;
                throw new IOException("once");
            }
        };
        await Assert.ThrowsAnyAsync<IOException>(() => pool.CompactAsync());
        Assert.True(failed);
        device.Before = static (_, _) => { };
        try
        {
            await pool.CheckpointAsync();
        }
        catch (PoolFaultedException)
        {
        }

        pool.Abandon();
        using DiskPool again = await DiskPool.OpenAsync(device, s_small);
        CheckResult check = await again.CheckAsync(verifyData: true);
        Assert.True(check.Ok, string.Join('\n', check.Errors.Take(5)));
    }

    // A check that could not read one place of a table page took note of the other one, the older, as the valid one. The next checkpoint then
    // wrote over the newer.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task CheckThatCannotReadTheTable_LeavesTheValidPagesAlone(int rounds)
    {
        using var medium = new MemoryDevice();
        var device = new HookedDevice(medium);
        DiskPool pool = await DiskPool.CreateAsync(device, s_small);
        IDisk disk = await pool.CreateDiskAsync("a", 1 << 20);
        for (int i = 0; i < rounds; i++)
        {
            disk.Write(i * 4096L, Pattern.Bytes(4096, i));
            await pool.CheckpointAsync();
            int reads = 0;
            device.Before = (what, name) => _ = what == "read" && name == "segments" && ++reads == 2 ? throw new IOException("once") : 0;
            await Assert.ThrowsAnyAsync<IOException>(() => pool.CheckAsync());
        }

        device.Before = static (what, name) =>
            _ = what == "write" && name.StartsWith("superblock", StringComparison.Ordinal) ? throw new IOException("cut") : 0;
        disk.Write(0, Pattern.Bytes(4096, 9));
        await Assert.ThrowsAnyAsync<IOException>(() => pool.CheckpointAsync());
        pool.Abandon();
        device.Before = static (_, _) => { };
        using DiskPool opened = await DiskPool.OpenAsync(device, s_small);
        Assert.True((await opened.CheckAsync(verifyData: true)).Ok);
    }

    // A node that could not be read for its release kept its blocks until the pool was opened again.
    [Theory]
    [InlineData("Error")]
    [InlineData("FlippedBit")]
    public async Task ReleaseThatCouldNotReadItsNodes_GoesOnWhenTheyCanBeRead(string fault)
    {
        const int Snapshots = 40; // each with nodes of its own: more than are tried again at once
        var device = new FaultyDevice(new MemoryDevice(), DeviceCall.Read, 1, forever: true)
        {
            Fault = Enum.Parse<DeviceFault>(fault),
            IsArmed = false,
        };
        using DiskPool pool = await DiskPool.CreateAsync(device, s_small);
        IDisk disk = await pool.CreateDiskAsync("a", 1L << 40);
        disk.Write(0, Pattern.Bytes(4096, 1));
        await pool.CompactAsync();
        long before = (await pool.GetUsageAsync()).ReferencedBytes;
        for (int i = 0; i < Snapshots; i++)
        {
            disk.Write(i << 20, Pattern.Bytes(4096, i));
            await disk.Chain.CreateAsync($"s{i}");
        }

        disk.Discard(4096, disk.Size - 4096);
        disk.Write(0, Pattern.Bytes(4096, 1));
        await pool.CheckpointAsync();
        await disk.Chain.DeleteAsync([.. Enumerable.Range(0, Snapshots).Select(i => $"s{i}")]);
        device.IsArmed = true;
        await pool.CheckpointAsync();
        await pool.CompactAsync();
        Assert.True(device.HasFailed);
        Assert.InRange((await pool.GetUsageAsync()).ReferencedBytes, before + 1, long.MaxValue);

        device.IsArmed = false;
        for (int tries = 0; tries < Snapshots; tries++)
        {
            await pool.CompactAsync();
        }

        Assert.Equal(before, (await pool.GetUsageAsync()).ReferencedBytes);
        Assert.True((await pool.CheckAsync(verifyData: true)).Ok);
    }

    // A file that could not be read once was passed over by every compaction until the pool was opened again.
    [Theory]
    [InlineData("Error")]
    [InlineData("FlippedBit")]
    public async Task FileThatCompactionCouldNotRead_IsMovedByTheNextOneThatCan(string fault)
    {
        var device = new FaultyDevice(new MemoryDevice(), DeviceCall.Read, 1, forever: true)
        {
            Fault = Enum.Parse<DeviceFault>(fault),
            IsArmed = false,
        };
        using DiskPool pool = await DiskPool.CreateAsync(device, s_small);
        IDisk disk = await pool.CreateDiskAsync("a", 4 << 20);
        for (int i = 0; i < 200; i++)
        {
            disk.Write(i * 4096, Pattern.Bytes(4096, i));
        }

        for (int i = 0; i < 200; i += 2)
        {
            disk.Discard(i * 4096, 4096);
        }

        device.IsArmed = true;
        Assert.NotEmpty((await pool.CompactAsync()).DamagedFiles);
        device.IsArmed = false;
        Assert.Empty((await pool.CompactAsync()).DamagedFiles);
        Assert.InRange((await pool.GetUsageAsync()).DeadBytes, 0, 2 * s_small.SegmentBytes);
        Assert.True((await pool.CheckAsync(verifyData: true)).Ok);
    }
}
