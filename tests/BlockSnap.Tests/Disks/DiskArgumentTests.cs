using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Disks;

/// <summary>What a disk refuses, in every form of every operation, and that a refusal changes nothing.</summary>
public sealed class DiskArgumentTests
{
    private const int Block = 4096;
    private const long Size = (10 * Block) + 77;
    private const long SizeMax = 1L << 62;

    public static TheoryData<long, long> OutsideRanges => new()
    {
        { -1, 1 },
        { -1, 0 },
        { long.MinValue, 1 },
        { Size, 1 },
        { Size - 1, 2 },
        { Size + 1, 0 },
        { 0, Size + 1 },
        { long.MaxValue, 1 },
        { long.MaxValue, 0 },
    };

    public static TheoryData<long, long> OutsideLongRanges => new()
    {
        { 0, -1 },
        { 1, long.MaxValue },
        { Size, long.MaxValue },
        { long.MaxValue, long.MaxValue },
        { 0, long.MinValue },
    };

    public static TheoryData<string> GoodDiskNames => ["d", "1", "--", "-a", "vm1.root", "My disk", "диск", "a:b", "a\\b", new string('n', 128)];

    public static TheoryData<string> BadDiskNames => ["", "-", new string('n', 129), "a@b", "@", "a/b", "/", "a\nb", "a\0", "\u007f", "a\u0085b"];

    [Theory]
    [MemberData(nameof(OutsideRanges))]
    public async Task TransferThatCrossesABorder_IsRefusedWhole(long offset, long length)
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", Size);
        byte[] content = Pattern.Bytes((int)Size, seed: 1);
        disk.Write(0, content);
        byte[] buffer = [.. Enumerable.Repeat((byte)0xEE, (int)length)];

        Assert.Throws<ArgumentOutOfRangeException>(() => disk.Read(offset, buffer));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await disk.ReadAsync(offset, buffer));
        Assert.DoesNotContain(buffer, b => b != 0xEE);
        Assert.Throws<ArgumentOutOfRangeException>(() => disk.Write(offset, buffer));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await disk.WriteAsync(offset, buffer));
        await AssertRefusesAsync(disk, offset, length);

        Assert.Equal(content, disk.ReadAll());
    }

    [Theory]
    [MemberData(nameof(OutsideLongRanges))]
    public async Task RangeNoBufferCanHave_IsRefused(long offset, long length)
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", Size);
        byte[] content = Pattern.Bytes((int)Size, seed: 1);
        disk.Write(0, content);

        await AssertRefusesAsync(disk, offset, length);

        Assert.Equal(content, disk.ReadAll());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(Size)]
    public async Task EmptyRange_InsideTheDisk_DoesNothing(long offset)
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", Size);

        disk.Read(offset, []);
        disk.Write(offset, []);
        disk.WriteZeroes(offset, 0);
        disk.Discard(offset, 0);
        await disk.ReadAsync(offset, Memory<byte>.Empty);
        await disk.WriteAsync(offset, ReadOnlyMemory<byte>.Empty);
        await disk.WriteZeroesAsync(offset, 0);
        await disk.DiscardAsync(offset, 0);

        Assert.Empty(await disk.GetAllocatedBlocksAsync());
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(long.MinValue)]
    [InlineData(SizeMax + 1)]
    [InlineData(long.MaxValue)]
    public async Task SizeOutsideZeroTo2To62_IsRefused(long size)
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", Size);

        Assert.Throws<ArgumentOutOfRangeException>(() => disk.Resize(size));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await disk.ResizeAsync(size));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => test.Pool.CreateDiskAsync("other", size));

        Assert.Equal(Size, disk.Size);
        Assert.Single(test.Pool.ListDisks());
    }

    [Theory]
    [MemberData(nameof(GoodDiskNames))]
    public async Task GoodDiskName_IsTakenAndKept(string name)
    {
        await using TestPool test = await TestPool.CreateAsync();
        using (IDisk disk = await test.Pool.CreateDiskAsync(name, Size))
        {
            Assert.Equal(name, disk.Name);
            await disk.Chain.CreateAsync("s1");
        }

        await test.ReopenAsync();
        Assert.Equal(name, Assert.Single(test.Pool.ListDisks()).Name);
        using IDisk opened = test.Pool.OpenDisk(name);
        using IDisk view = opened.Chain.Open("s1");
        Assert.Equal(name + "@s1", view.Name);
    }

    [Theory]
    [MemberData(nameof(BadDiskNames))]
    public async Task BadDiskName_IsRefusedAndMakesNothing(string name)
    {
        await using TestPool test = await TestPool.CreateAsync();

        await Assert.ThrowsAnyAsync<ArgumentException>(() => test.Pool.CreateDiskAsync(name, Size));

        Assert.Empty(test.Pool.ListDisks());
    }

    [Fact]
    public async Task DiskNameThatIsTaken_IsRefused()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", Size);

        DiskExistsException refused = await Assert.ThrowsAsync<DiskExistsException>(() => test.Pool.CreateDiskAsync("disk", 1));

        Assert.Equal("disk", refused.DiskName);
        Assert.Equal(Size, Assert.Single(test.Pool.ListDisks()).Size);
    }

    [Fact]
    public async Task UnknownDisk_IsNotFoundByAnyName()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", Size);

        Assert.Equal("Disk", Assert.Throws<DiskNotFoundException>(() => test.Pool.OpenDisk("Disk")).DiskName);
        Assert.Throws<DiskNotFoundException>(() => test.Pool.OpenDisk(new DiskId(Guid.Empty)));
        Assert.Throws<DiskNotFoundException>(() => test.Pool.OpenChain("other"));
        Assert.Throws<DiskNotFoundException>(() => test.Pool.OpenChain(new DiskId(Guid.Empty).ToString()));
        await Assert.ThrowsAsync<DiskNotFoundException>(() => test.Pool.DeleteDiskAsync("other"));
        using IDisk byId = test.Pool.OpenDisk(disk.Id);
        Assert.Equal("disk", byId.Name);
    }

    [Fact]
    public async Task DiffOfDisksWithOtherBlockSizes_IsRefused()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", Size);
        using IDisk other = await test.Pool.CreateDiskAsync("other", Size, new BlockSize(512));

        await Assert.ThrowsAnyAsync<ArgumentException>(() => test.Pool.GetDiffAsync(disk, other));
    }

    [Fact]
    public async Task CancelledCall_DoesNothing()
    {
        var cancelled = new CancellationToken(canceled: true);
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", Size);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => disk.Chain.CreateAsync("s1", null, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await disk.WriteAsync(0, new byte[] { 1 }, cancelled));

        Assert.Empty(disk.Chain.Snapshots);
        Assert.Empty(await disk.GetAllocatedBlocksAsync());
    }

    private static async Task AssertRefusesAsync(IDisk disk, long offset, long length)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => disk.WriteZeroes(offset, length));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await disk.WriteZeroesAsync(offset, length));
        Assert.Throws<ArgumentOutOfRangeException>(() => disk.Discard(offset, length));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await disk.DiscardAsync(offset, length));
    }
}
