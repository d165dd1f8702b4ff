using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Storage;

/// <summary>What opening relies on, and what it leaves to the opening after it.</summary>
public sealed class LogBlockStoreOpeningTests
{
    private static readonly DiskPoolOptions s_options = new() { SegmentBytes = 64 << 10, WriteBufferBytes = 2 << 20, BackgroundWork = false };

    // A read on its way while the store was closed got behind the end of it: it opened the file again, and the append buffer was gone.
    [Fact]
    public void Read_BehindTheClosingOfTheStore_TouchesNothing()
    {
        using var medium = new MemoryDevice();
        StoredBlock block;
        using (BlockStore first = BlockStore.OpenOrCreate(medium))
        {
            block = first.Put(Pattern.Bytes(4096, 1));
            first.PublishRoot([1]);
        }

        var device = new HookedDevice(medium);
        BlockStore store = BlockStore.OpenOrCreate(device);
        store.Dispose();
        int touched = 0;
        device.Before = (_, _) => touched++;
        Assert.Throws<ObjectDisposedException>(() => store.Inner.Read(block.Id, block.Checksum, new byte[4096]));
        Assert.Equal(0, touched);
    }

    [Fact]
    public async Task Open_AfterKillOfUnflushedWrites_HasFlushedAllThatItReadBeforeItReturns()
    {
        byte[] data = Pattern.Bytes(3 << 20, seed: 1);
        using var device = new WatchedDevice(new MemoryDevice());
        DiskPool killed = await DiskPool.CreateAsync(device, s_options);
        IDisk disk = await killed.CreateDiskAsync("vm", data.Length);
        disk.Write(0, data); // more than the write buffer: handed to the device, not flushed
        killed.Abandon();
        Assert.Contains(device.Unflushed, name => name.StartsWith("data-", StringComparison.Ordinal));

        await using DiskPool opened = await DiskPool.OpenAsync(device, s_options);

        // What opening did not flush, a power cut would still take, although disks already build on it.
        // But for a file that the log never reached: it is kept as a spare one, which compaction gives back.
        IReadOnlyList<string> unflushed = device.Unflushed;
        await opened.CompactAsync();
        Assert.DoesNotContain(unflushed, device.List().Append("(names)").Contains);
        byte[] read = new byte[64 << 10];
        opened.OpenDisk("vm").Read(0, read);
        Assert.Equal(data[..read.Length], read);
    }

    // Nothing followed the last flush and called it durable, so all of it was read, proven and written again.
    [Fact]
    public async Task Open_AfterKillBehindALongFlush_WritesNothingOfItAgain()
    {
        byte[] data = Pattern.Bytes(1 << 20, seed: 1);
        using var device = new WatchedDevice(new MemoryDevice());
        DiskPool killed = await DiskPool.CreateAsync(device, s_options);
        IDisk disk = await killed.CreateDiskAsync("vm", data.Length);
        var written = new List<string>();
        device.Writing = written.Add;
        disk.Write(0, data);
        await disk.FlushAsync();
        string[] logged = [.. written.Distinct().Where(name => name.StartsWith("data-", StringComparison.Ordinal))];
        killed.Abandon();

        written.Clear();
        await using DiskPool opened = await DiskPool.OpenAsync(device, s_options);
        Assert.Empty(written.Intersect(logged[..^1]));
        Assert.True(logged.Length > 16, $"only {logged.Length} files");
        byte[] read = new byte[data.Length];
        opened.OpenDisk("vm").Read(0, read);
        Assert.Equal(data, read);
    }

    [Fact]
    public async Task Flush_BehindALongFlush_HasNothingToDo()
    {
        using var device = new WatchedDevice(new MemoryDevice());
        await using DiskPool pool = await DiskPool.CreateAsync(device, s_options);
        IDisk disk = await pool.CreateDiskAsync("vm", 1 << 20);
        disk.Write(0, Pattern.Bytes(1 << 20, seed: 1));
        await disk.FlushAsync();

        // What calls the flushed log durable.
        string waiting = Assert.Single(device.Unflushed, name => name.StartsWith("data-", StringComparison.Ordinal));
        await disk.FlushAsync();
        Assert.Contains(waiting, device.Unflushed);
    }

    // All that was asked for is durable by then.
    [Fact]
    public async Task Flush_NoSpaceForTheBatchThatCallsItDurable_IsDone()
    {
        using var device = new HookedDevice(new MemoryDevice());
        await using DiskPool pool = await DiskPool.CreateAsync(device, s_options);
        IDisk disk = await pool.CreateDiskAsync("vm", 1 << 20);
        byte[] data = Pattern.Bytes(1 << 20, seed: 1);
        disk.Write(0, data);
        bool isFlushed = false;
        int refused = 0;
        device.Before = (call, _) =>
        {
            isFlushed |= call == "flush";
            if (isFlushed && call == "write")
            {
                refused++;
                throw new PoolFullException(null, null);
            }
        };
        await disk.FlushAsync();
        Assert.True(refused > 0, "nothing was written behind the flush");

        device.Before = static (_, _) => { };
        await disk.FlushAsync();
        disk.Write(0, data.AsSpan(4096, 4096));
        await disk.FlushAsync();
        byte[] read = new byte[4096];
        disk.Read(0, read);
        Assert.Equal(data[4096..8192], read);
    }

    // A large pool has tens of thousands of files: reading their names is most of an opening.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Open_AfterAnyStop_ReadsTheNamesOnce(bool clean)
    {
        using var device = new WatchedDevice(new MemoryDevice());
        DiskPool stopped = await DiskPool.CreateAsync(device, s_options);
        IDisk disk = await stopped.CreateDiskAsync("vm", 1 << 20);
        disk.Write(0, Pattern.Bytes(1 << 20, seed: 1));
        await disk.FlushAsync();
        if (clean)
        {
            await stopped.DisposeAsync();
        }
        else
        {
            stopped.Abandon();
        }

        int before = device.Lists;
        await using DiskPool opened = await DiskPool.OpenAsync(device, s_options);
        Assert.Equal(1, device.Lists - before);
    }

    [Fact]
    public async Task Open_AfterCleanCloseUnderAReaderThenKill_FindsTheReadersReference()
    {
        using var device = new MemoryDevice();
        await using (DiskPool pool = await DiskPool.CreateAsync(device, s_options))
        {
            IDisk disk = await pool.CreateDiskAsync("vm", 1 << 20);
            disk.Write(0, Pattern.Bytes(4096, seed: 1));
            await disk.Chain.CreateAsync("before");
            _ = disk.Chain.Open("before"); // never disposed: the checkpoint of the close lists it as a release
        }

        DiskPool killed = await DiskPool.OpenAsync(device, s_options);
        IDisk reopened = killed.OpenDisk("vm");
        reopened.Write(0, Pattern.Bytes(4096, seed: 2)); // the first append marks the superblock
        await reopened.FlushAsync();
        killed.Abandon();

        await using DiskPool opened = await DiskPool.OpenAsync(device, s_options);
        Assert.Empty((await opened.CheckAsync(verifyData: true)).Errors);
        byte[] read = new byte[4096];
        opened.OpenDisk("vm").Read(0, read);
        Assert.Equal(Pattern.Bytes(4096, seed: 2), read);
    }

    [Fact]
    public async Task Open_AfterCleanCloseOfASegmentWithoutABatch_WritesItsHeaderBeforeTheFirst()
    {
        using var device = new MemoryDevice();
        DiskPool killed = await DiskPool.CreateAsync(device, s_options);
        await killed.CreateDiskAsync("gone", 4096);
        await killed.DeleteDiskAsync("gone");
        killed.Abandon();

        // Recovery opens a segment, has nothing to put into it, and the close publishes a position in it.
        await (await DiskPool.OpenAsync(device, s_options)).DisposeAsync();
        killed = await DiskPool.OpenAsync(device, s_options);
        await killed.CreateDiskAsync("vm", 4096); // durable when it returns
        killed.Abandon();

        await using DiskPool opened = await DiskPool.OpenAsync(device, s_options);
        Assert.Equal("vm", Assert.Single(opened.ListDisks()).Name);
    }

    [Fact]
    public async Task Open_AfterACheckpointCutShortBeforeItsSuperblock_IsNotFooledByTheTablePagesItLeft()
    {
        const int BlockBytes = 4096;
        byte[] data = Pattern.Bytes(8 << 20, seed: 1);
        using var device = new WatchedDevice(new MemoryDevice());
        DiskPool killed = await DiskPool.CreateAsync(device, s_options);
        IDisk disk = await killed.CreateDiskAsync("vm", data.Length);
        disk.Write(0, data); // some 140 segments: three pages of the table
        for (int at = 0; at < 1 << 20; at += 2 * BlockBytes)
        {
            disk.Discard(at, BlockBytes);
            data.AsSpan(at, BlockBytes).Clear();
        }

        await killed.CheckpointAsync();

        // Compaction moves segments of the table's first page. Nothing in the log says so, and no replay will change that page again.
        int superblocks = 0;
        device.Writing = name => _ = name == "superblock" && ++superblocks == 2 ? throw new IOException("The process ends here.") : 0;
        await Assert.ThrowsAnyAsync<IOException>(() => killed.CompactAsync());
        killed.Abandon();
        device.Writing = null;

        // The checkpoint of this opening has the number of the one that was cut short.
        (await DiskPool.OpenAsync(device, s_options)).Abandon();

        await using DiskPool opened = await DiskPool.OpenAsync(device, s_options);
        byte[] read = new byte[data.Length];
        opened.OpenDisk("vm").Read(0, read);
        Assert.Equal(data, read);
        Assert.Empty((await opened.CheckAsync(verifyData: true)).Errors);
    }
}
