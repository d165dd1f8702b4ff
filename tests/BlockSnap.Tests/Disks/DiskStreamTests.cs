using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Disks;

/// <summary>A disk as a stream.</summary>
public sealed class DiskStreamTests
{
    private const int Size = 100_001;

    [Fact]
    public async Task Stream_SaysWhatItCan()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", Size);
        using Stream stream = disk.AsStream();

        Assert.True(stream.CanRead && stream.CanWrite && stream.CanSeek);
        Assert.Equal(Size, stream.Length);
        Assert.Equal(0, stream.Position);
        disk.Resize(5);
        Assert.Equal(5, stream.Length);
    }

    [Fact]
    public async Task Read_PastTheEnd_IsShortThenZero()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", Size);
        byte[] content = Pattern.Bytes(Size, seed: 1);
        disk.Write(0, content);
        using Stream stream = disk.AsStream();
        byte[] buffer = new byte[100];

        stream.Position = Size - 30;
        Assert.Equal(30, stream.ReadAtLeast(buffer, 100, throwOnEndOfStream: false));
        Assert.Equal(content[^30..], buffer[..30]);
        Assert.Equal(0, stream.Read(buffer));
        Assert.Equal(0, await stream.ReadAsync(buffer));
        Assert.Equal(-1, stream.ReadByte());
        Assert.Equal(Size, stream.Position);
        stream.Position = Size + 1000;
        Assert.Equal(0, stream.Read(buffer));
    }

    [Fact]
    public async Task CopyTo_GivesTheWholeDisk()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", Size);
        byte[] content = Pattern.Bytes(Size, seed: 1);
        content.AsSpan(20_000, 50_000).Clear();
        await using (Stream writing = disk.AsStream())
        {
            await new MemoryStream(content).CopyToAsync(writing);
            Assert.Equal(Size, writing.Position);
        }

        var copy = new MemoryStream();
        using Stream reading = disk.AsStream();
        reading.CopyTo(copy);
        var second = new MemoryStream();
        reading.Position = 0;
        await reading.CopyToAsync(second);

        Assert.Equal(content, copy.ToArray());
        Assert.Equal(content, second.ToArray());
        Assert.Equal(content, disk.ReadAll());
    }

    [Fact]
    public async Task Seek_GoesFromEveryOriginAndNotBeforeTheStart()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", Size);
        disk.Write(50, [7]);
        using Stream stream = disk.AsStream();

        Assert.Equal(40, stream.Seek(40, SeekOrigin.Begin));
        Assert.Equal(50, stream.Seek(10, SeekOrigin.Current));
        Assert.Equal(7, stream.ReadByte());
        Assert.Equal(50, stream.Seek(-1, SeekOrigin.Current));
        Assert.Equal(Size - 1, stream.Seek(-1, SeekOrigin.End));
        Assert.Throws<IOException>(() => stream.Seek(-1, SeekOrigin.Begin));
        Assert.Throws<IOException>(() => stream.Seek(-Size - 1, SeekOrigin.End));
        Assert.Throws<ArgumentOutOfRangeException>(() => stream.Position = -1);
        Assert.Equal(Size - 1, stream.Position);
    }

    [Fact]
    public async Task Write_PastTheEnd_FailsAndWritesNothing()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", Size);
        using Stream stream = disk.AsStream();

        stream.Position = Size - 5;
        Assert.ThrowsAny<Exception>(() => stream.Write(new byte[] { 1, 2, 3, 4, 5, 6 }));
        await Assert.ThrowsAnyAsync<Exception>(async () => await stream.WriteAsync(new byte[] { 1, 2, 3, 4, 5, 6 }));
        stream.Position = Size;
        Assert.ThrowsAny<Exception>(() => stream.WriteByte(1));

        Assert.Equal(Size, disk.Size);
        Assert.Empty(await disk.GetAllocatedBlocksAsync());
        stream.Position = Size - 5;
        stream.Write([1, 2, 3, 4, 5]);
        Assert.Equal([1, 2, 3, 4, 5], disk.ReadBytes(Size - 5, 5));
    }

    [Fact]
    public async Task Streams_OfOneDisk_HavePositionsOfTheirOwnAndSeeTheSameBytes()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", Size);
        using Stream first = disk.AsStream();
        using Stream second = disk.AsStream();

        first.Write(Pattern.Bytes(5000, seed: 1));

        Assert.Equal(0, second.Position);
        byte[] read = new byte[5000];
        second.ReadExactly(read);
        Assert.Equal(Pattern.Bytes(5000, seed: 1), read);
    }

    [Fact]
    public async Task Flush_MakesWritesSurviveAKill()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using (IDisk disk = await test.Pool.CreateDiskAsync("disk", Size))
        using (Stream stream = disk.AsStream())
        {
            stream.Write(Pattern.Bytes(Size, seed: 1));
            stream.Flush();
            await test.KillAsync();
        }

        using IDisk opened = test.Pool.OpenDisk("disk");
        Assert.Equal(Pattern.Bytes(Size, seed: 1), opened.ReadAll());
    }

    [Fact]
    public async Task Dispose_LeavesTheDiskOpen()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", Size);

        disk.AsStream().Dispose();

        disk.Write(0, [1]);
        Assert.Equal([1], disk.ReadBytes(0, 1));
    }

    [Fact]
    public async Task StreamOfASnapshot_ReadsAndDoesNotWrite()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", Size);
        disk.Write(0, [1, 2, 3]);
        await disk.Chain.CreateAsync("s1");
        using IDisk view = disk.Chain.Open("s1");
        using Stream stream = view.AsStream();

        Assert.True(stream.CanRead && stream.CanSeek && !stream.CanWrite);
        Assert.Equal(1, stream.ReadByte());
        Assert.ThrowsAny<Exception>(() => stream.Write([1, 2]));
        Assert.ThrowsAny<Exception>(() => stream.WriteByte(1));
        Assert.Equal([1, 2, 3], view.ReadBytes(0, 3));
    }
}
