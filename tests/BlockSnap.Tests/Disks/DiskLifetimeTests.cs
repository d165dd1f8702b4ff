using BlockSnap.Tests.Infrastructure;
using BlockSnap.Tests.Storage;

namespace BlockSnap.Tests.Disks;

/// <summary>Handles, views of snapshots, and what is left of them when a disk, a snapshot or the pool goes.</summary>
public sealed class DiskLifetimeTests
{
    private const int Block = 4096;

    [Fact]
    public async Task View_OfASnapshot_RefusesEveryChange()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        disk.WriteBlock(0, seed: 1);
        await disk.Chain.CreateAsync("s1");
        using IDisk view = disk.Chain.Open("s1");

        Assert.Equal("disk@s1", view.Name);
        Assert.Equal(disk.Id, view.Id);
        Assert.Equal(disk.Size, view.Size);
        Assert.Equal(disk.BlockSize, view.BlockSize);
        Assert.False(view.Capabilities.HasFlag(DiskCapabilities.Write));
        Assert.False(view.Capabilities.HasFlag(DiskCapabilities.Resize));
        Assert.True(disk.Capabilities.HasFlag(DiskCapabilities.Write | DiskCapabilities.Resize | DiskCapabilities.Snapshot));
        byte[] data = [1];
        AssertRefused(() => view.Write(0, data));
        await AssertRefusedAsync(() => view.WriteAsync(0, data));
        AssertRefused(() => view.WriteZeroes(0, 1));
        await AssertRefusedAsync(() => view.WriteZeroesAsync(0, 1));
        AssertRefused(() => view.Discard(0, Block));
        await AssertRefusedAsync(() => view.DiscardAsync(0, Block));
        AssertRefused(() => view.Resize(1));
        await AssertRefusedAsync(() => view.ResizeAsync(1));

        view.AssertBlock(0, seed: 1);
        disk.AssertBlock(0, seed: 1);
    }

    [Fact]
    public async Task Handle_Disposed_IsOfNoUseAndOthersAre()
    {
        await using TestPool test = await TestPool.CreateAsync();
        IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        using IDisk other = test.Pool.OpenDisk("disk");
        await disk.Chain.CreateAsync("s1");
        IDisk view = disk.Chain.Open("s1");
        disk.WriteBlock(0, seed: 1);

        disk.Dispose();
        await disk.DisposeAsync();
        await view.DisposeAsync();
        view.Dispose();

        Assert.Contains("disk 'disk'", Assert.Throws<ObjectDisposedException>(() => disk.ReadBytes(0, 1)).Message);
        Assert.Throws<ObjectDisposedException>(() => disk.Write(0, [1]));
        Assert.Throws<ObjectDisposedException>(disk.Flush);
        Assert.Throws<ObjectDisposedException>(() => view.ReadBytes(0, 1));
        other.AssertBlock(0, seed: 1);
        other.WriteBlock(0, seed: 2);
        other.AssertBlock(0, seed: 2);
    }

    [Fact]
    public async Task Handles_OfOneDisk_AreOneDisk()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk first = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        using IDisk second = test.Pool.OpenDisk("disk");
        using IDisk third = test.Pool.OpenDisk(first.Id);

        first.WriteBlock(0, seed: 1);
        second.Resize(100 * Block);
        await third.Chain.CreateAsync("s1");

        third.AssertBlock(0, seed: 1);
        Assert.Equal(100 * Block, first.Size);
        Assert.Equal("s1", first.Chain.Latest!.Name);
        second.WriteBlock(0, seed: 2);
        await first.Chain.RollbackAsync("s1");
        second.AssertBlock(0, seed: 1);
    }

    [Fact]
    public async Task DeletedDisk_IsGoneForItsHandlesAndItsViewsGoOn()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 8 * Block);
        disk.WriteBlock(0, seed: 1);
        await disk.Chain.CreateAsync("s1");
        using IDisk view = disk.Chain.Open("s1");

        await test.Pool.DeleteDiskAsync("disk");
        await test.Pool.CompactAsync();

        Assert.Throws<DiskNotFoundException>(() => disk.ReadBytes(0, 1));
        Assert.Throws<DiskNotFoundException>(() => disk.Write(0, [1]));
        await Assert.ThrowsAsync<DiskNotFoundException>(async () => await disk.GetAllocatedExtentsAsync().ToListAsync());
        await Assert.ThrowsAsync<DiskNotFoundException>(async () => await test.Pool.DiffAsync(null, disk).ToListAsync());
        await Assert.ThrowsAsync<DiskNotFoundException>(async () => await test.Pool.DiffAsync(disk, view).ToListAsync());
        view.AssertBlock(0, seed: 1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task DeletedDisk_DuringARead_IsGoneAndDoesNotReadAsZeros(bool asynchronous)
    {
        const int Bytes = 64 * Block;
        var device = new HookedDevice(new MemoryDevice());
        var options = new DiskPoolOptions { BackgroundWork = false };
        await using DiskPool pool = await DiskPool.CreateAsync(device, options, TestContext.Current.CancellationToken);
        using IDisk disk = await pool.CreateDiskAsync("disk", Bytes, cancellationToken: TestContext.Current.CancellationToken);
        disk.Write(0, Pattern.Bytes(Bytes, seed: 1));
        await disk.FlushAsync(TestContext.Current.CancellationToken);
        device.Before = (verb, _) =>
        {
            if (verb == "read")
            {
                device.Before = static (_, _) => { };
                pool.DeleteDiskAsync("disk").GetAwaiter().GetResult();
            }
        };

        var buffer = new byte[Bytes]; // more than one step of a read takes in
        await Assert.ThrowsAsync<DiskNotFoundException>(async () =>
        {
            if (asynchronous)
            {
                await disk.ReadAsync(0, buffer, TestContext.Current.CancellationToken);
            }
            else
            {
                disk.Read(0, buffer);
            }
        });
    }

    [Fact]
    public async Task ShrunkDisk_DuringAWriteOfPartOfABlock_RefusesItAndHasNothingBeyondItsEnd()
    {
        var device = new HookedDevice(new MemoryDevice());
        await using DiskPool pool = await DiskPool.CreateAsync(device, new DiskPoolOptions { BackgroundWork = false }, TestContext.Current.CancellationToken);
        using IDisk disk = await pool.CreateDiskAsync("disk", 8 * Block, cancellationToken: TestContext.Current.CancellationToken);
        disk.WriteBlock(7, seed: 1);
        await disk.FlushAsync(TestContext.Current.CancellationToken); // the rest of the block has to be read
        device.Before = (call, _) =>
        {
            if (call == "read")
            {
                device.Before = static (_, _) => { };
                disk.Resize(4 * Block);
            }
        };

        Assert.Throws<ArgumentOutOfRangeException>(() => disk.Write((7 * Block) + 1, [1]));

        disk.Resize(8 * Block);
        Assert.True(BlockDiffer.IsZero(disk.ReadAll()));
    }

    [Fact]
    public async Task DeletedDisk_WithoutSnapshots_GivesAllItsSpaceBack()
    {
        const int Bytes = 2 << 20;
        await using TestPool test = await TestPool.CreateAsync();
        await test.Pool.CompactAsync();
        long empty = (await test.Pool.GetUsageAsync()).PhysicalBytes;
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", Bytes);
        disk.Write(0, Pattern.Bytes(Bytes, seed: 1));
        await test.Pool.CheckpointAsync();

        await test.Pool.DeleteDiskAsync("disk");
        await test.Pool.CompactAsync();

        Assert.Empty(test.Pool.ListDisks(includeReleased: true));
        PoolUsage usage = await test.Pool.GetUsageAsync();
        Assert.True(usage.PhysicalBytes - empty < Bytes / 4, $"Nothing is left and occupies {usage.PhysicalBytes - empty} bytes.");
    }

    [Fact]
    public async Task DisposedPool_RefusesEverything()
    {
        await using TestPool test = await TestPool.CreateAsync();
        DiskPool pool = test.Pool;
        IDisk disk = await pool.CreateDiskAsync("disk", 8 * Block);
        await disk.Chain.CreateAsync("s1");
        ISnapshotChain chain = disk.Chain;
        IDisk view = chain.Open("s1");

        await pool.DisposeAsync();
        pool.Dispose();

        Assert.Throws<ObjectDisposedException>(() => disk.ReadBytes(0, 1));
        Assert.Throws<ObjectDisposedException>(() => disk.Write(0, [1]));
        Assert.Throws<ObjectDisposedException>(() => view.ReadBytes(0, 1));
        Assert.Throws<ObjectDisposedException>(() => pool.OpenDisk("disk"));
        Assert.Equal("pool", Assert.Throws<ObjectDisposedException>(() => pool.ListDisks()).ObjectName);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => pool.CreateDiskAsync("other", 1));
        Assert.Equal("pool", (await Assert.ThrowsAsync<ObjectDisposedException>(() => chain.CreateAsync("s2"))).ObjectName);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await pool.FlushAsync());
        view.Dispose();
        disk.Dispose();
    }

    [Fact]
    public async Task DisposedPool_KeptEverythingAndFreesItsDevice()
    {
        using var device = new MemoryDevice();
        DiskPoolOptions options = PoolChoice.Small.ToOptions();
        Guid id;
        DateTimeOffset created;
        await using (DiskPool pool = await DiskPool.CreateAsync(device, options))
        {
            (id, created) = (pool.Id, pool.Created);
            using IDisk disk = await pool.CreateDiskAsync("disk", 8 * Block);
            disk.WriteBlock(0, seed: 1); // Never flushed: closing does that.
            await Assert.ThrowsAsync<PoolInUseException>(() => DiskPool.OpenAsync(device, options));
        }

        await Assert.ThrowsAsync<PoolExistsException>(() => DiskPool.CreateAsync(device, options));
        await using DiskPool opened = await DiskPool.OpenOrCreateAsync(device, options);
        using IDisk again = opened.OpenDisk("disk");
        again.AssertBlock(0, seed: 1);
        Assert.Equal((id, created), (opened.Id, opened.Created));
        Assert.True(opened.FormatVersion > 0);
    }

    [Fact]
    public async Task PoolInADirectory_IsCreatedOpenedAndRefusedByItsRules()
    {
        using var directory = new TempDirectory();
        string path = directory["pool"];
        DiskPoolOptions options = PoolChoice.Small.ToOptions();
        await Assert.ThrowsAsync<PoolNotFoundException>(() => DiskPool.OpenAsync(path, options));
        await using (DiskPool pool = await DiskPool.OpenOrCreateAsync(path, options))
        {
            Assert.Equal(path, pool.Location);
            using IDisk disk = await pool.CreateDiskAsync("disk", 8 * Block);
            disk.WriteBlock(0, seed: 1);
            Assert.Equal(path, (await Assert.ThrowsAsync<PoolInUseException>(() => DiskPool.OpenAsync(path, options))).Path);
        }

        await Assert.ThrowsAsync<PoolExistsException>(() => DiskPool.CreateAsync(path, options));
        await using DiskPool opened = await DiskPool.OpenAsync(path, options);
        using IDisk again = opened.OpenDisk("disk");
        again.AssertBlock(0, seed: 1);
    }

    // Which of the two types a refusal has is not promised.
    private static void AssertRefused(Action change) => AssertIsRefusal(Record.Exception(change));

    private static async Task AssertRefusedAsync(Func<ValueTask> change)
        => AssertIsRefusal(await Record.ExceptionAsync(async () => await change()));

    private static void AssertIsRefusal(Exception? failure)
    {
        string found = failure?.GetType().Name ?? "no error";
        Assert.True(failure is PoolReadOnlyException or NotSupportedException, $"A change of a snapshot gave {found}.");
    }
}
