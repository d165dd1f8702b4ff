using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Disks;

/// <summary>Reads of blocks that lie anywhere in the log, with the files read and mapped: places are looked up many at a time.</summary>
public sealed class ScatteredReadTests : IDisposable
{
    private const int Block = 4096;
    private const int Blocks = 600;

    private readonly TempDirectory _temp = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Read_AfterALifeOfThePool_GivesWhatWasWritten(bool mapped)
    {
        var random = new Random(1);
        await using DiskPool pool = await CreateAsync(mapped);
        using IDisk disk = await pool.CreateDiskAsync("disk", Blocks * Block);
        byte[] expected = new byte[disk.Size];
        byte[] read = new byte[disk.Size];
        for (int step = 0; step < 200; step++)
        {
            int first = random.Next(Blocks);
            int count = random.Next(1, Math.Min(40, Blocks - first) + 1);
            Span<byte> range = expected.AsSpan(first * Block, count * Block);
            switch (random.Next(10))
            {
                case < 6:
                    Pattern.Fill(range, step);
                    disk.Write(first * Block, range);
                    break;
                case 6:
                    range.Clear();
                    disk.Discard(first * Block, range.Length);
                    break;
                case 7:
                    await disk.Chain.CreateAsync($"s{step}");
                    break;
                case 8:
                    await disk.Chain.DeleteAsync([.. disk.Chain.Snapshots.Select(snapshot => snapshot.Name)], force: true);
                    break;
                default:
                    await pool.CompactAsync(); // files are freed, cut, and used again
                    break;
            }

            if (random.Next(2) == 0)
            {
                disk.Flush(); // else some blocks of a read are in memory, others are not
            }

            int at = random.Next(expected.Length);
            Span<byte> some = read.AsSpan(0, random.Next(expected.Length - at));
            disk.Read(at, some);
            Assert.True(some.SequenceEqual(expected.AsSpan(at, some.Length)), $"The read after step {step} at {at} is wrong.");
            await disk.ReadAsync(0, read);
            Assert.True(read.AsSpan().SequenceEqual(expected), $"The read of all after step {step} is wrong.");
        }

        Assert.Equal(mapped && OperatingSystem.IsLinux(), MappedFiles.Contains(_temp["pool"]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Read_OneBlockOfManyDamaged_NamesItAndReadsTheOthers(bool mapped)
    {
        const int Bad = 333;
        byte[] content = Pattern.Bytes(Blocks * Block, 1);
        await using DiskPool pool = await CreateAsync(mapped);
        using IDisk disk = await pool.CreateDiskAsync("disk", content.Length);
        int[] order = [.. Enumerable.Range(0, Blocks)];
        new Random(1).Shuffle(order);
        foreach (int block in order)
        {
            disk.Write(block * Block, content.AsSpan(block * Block, Block));
        }

        disk.Flush();
        Damage(content.AsSpan(Bad * Block, Block));
        byte[] read = new byte[content.Length];
        BlockCorruptedException error = Assert.Throws<BlockCorruptedException>(() => disk.Read(0, read));
        Assert.Equal((Bad * Block, Block), (error.OffsetBytes!.Value, error.LengthBytes!.Value));
        error = await Assert.ThrowsAsync<BlockCorruptedException>(async () => await disk.ReadAsync(0, read));
        Assert.Equal((Bad * Block, Block), (error.OffsetBytes!.Value, error.LengthBytes!.Value));

        disk.Read(0, read.AsSpan(0, Bad * Block));
        disk.Read((Bad + 1) * Block, read.AsSpan((Bad + 1) * Block));
        content.AsSpan(Bad * Block, Block).CopyTo(read.AsSpan(Bad * Block));
        Assert.True(read.AsSpan().SequenceEqual(content));
    }

    [Fact]
    public async Task Read_OfManyBlocks_LeavesNoFileInUse()
    {
        await using DiskPool pool = await CreateAsync(mapped: false);
        using IDisk disk = await pool.CreateDiskAsync("disk", Blocks * Block);
        foreach (int block in Enumerable.Range(0, Blocks).Select(i => i * 7 % Blocks))
        {
            disk.WriteBlock(block, block);
        }

        disk.Flush();
        disk.ReadAll();
        await disk.ReadAsync(0, new byte[disk.Size]);
        long before = (await pool.GetUsageAsync()).PhysicalBytes;
        disk.Discard(0, disk.Size);
        await pool.CompactAsync();
        Assert.InRange((await pool.GetUsageAsync()).PhysicalBytes, 0, before / 2); // a file in use would stay
    }

    public void Dispose() => _temp.Dispose();

    private Task<DiskPool> CreateAsync(bool mapped) =>
        DiskPool.CreateAsync(_temp["pool"], new DiskPoolOptions { SegmentBytes = 64 << 10, MappedReads = mapped, BackgroundWork = false });

    // Changes a byte of a block where it is stored.
    private void Damage(ReadOnlySpan<byte> block)
    {
        foreach (string path in Directory.EnumerateFiles(_temp["pool"], "data-*"))
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            byte[] bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            int at = bytes.AsSpan().IndexOf(block);
            if (at >= 0)
            {
                file.Position = at + 100;
                file.WriteByte((byte)~bytes[at + 100]);
                return;
            }
        }

        Assert.Fail("The block is nowhere.");
    }
}
