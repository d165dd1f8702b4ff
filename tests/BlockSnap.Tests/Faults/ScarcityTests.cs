using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Faults;

/// <summary>A process of its own that is short of descriptors, of memory, of threads: right data, and it comes to its end.</summary>
public sealed class ScarcityTests(ITestOutputHelper output)
{
    private const int BlockBytes = 4096;

    private static readonly string[] s_allSteps = ["ok open", "ok read", "ok write", "ok flush", "ok read-again", "ok snapshot", "ok check", "ok close"];

    [Fact]
    public async Task Pool_ManyMoreFilesThanDescriptors_WorksAllTheSame()
    {
        using var directory = new TempDirectory();
        int files = await FillAsync(directory["pool"], blocks: 2048);
        await FillAsync(directory["first"], blocks: 16);
        Assert.True(files > 100, $"only {files} segment files");

        // Half of 256 are more than the 32 that are left in the end: the pool comes to its end before the limit it set itself.
        string[] lines = await FaultTargetProcess.RunUnderAsync(["prlimit", "--nofile=256"], "pool-few-files", directory["first"], directory["pool"], "32");

        Assert.Equal([.. s_allSteps, .. s_allSteps], lines);
        await AssertOverwrittenAsync(directory["pool"], blocks: 2048);
        output.WriteLine($"{files} segment files, 32 descriptors");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(6)]
    [InlineData(12)]
    public async Task Pool_HardlyAnyDescriptors_FailsTypedAndLosesNothing(int spare)
    {
        using var directory = new TempDirectory();
        await FillAsync(directory["pool"], blocks: 512);
        await FillAsync(directory["first"], blocks: 16);

        string[] lines = await FaultTargetProcess.RunUnderAsync(["prlimit", "--nofile=256"], mayLackThreads: true, "pool-few-files", directory["first"], directory["pool"], $"{spare}");

        Assert.Equal(s_allSteps, lines[..s_allSteps.Length]);
        string[] failed = [.. lines[s_allSteps.Length..].Where(line => !line.StartsWith("ok ", StringComparison.Ordinal))];

        // An IOException, or one of the library's with its code; the runtime itself says out of memory when it cannot start a thread.
        Assert.All(failed, line => Assert.Matches("^failed [a-z-]+ (IOException|OutOfMemoryException|[A-Za-z]+ [a-z])", line));
        using DiskPool pool = await DiskPool.OpenAsync(directory["pool"]);
        using IDisk disk = pool.OpenDisk("a");
        string[] later = lines[s_allSteps.Length..];
        bool flushed = later.Contains("ok write") && later.Contains("ok flush"); // a write that lacked a descriptor fails alone
        for (int index = 0; index < 512; index++)
        {
            long stamp = Pattern.ReadStamp(disk.ReadBytes(index * BlockBytes, BlockBytes));
            bool overwritten = index % 2 == 1 && stamp == index + 1 + 512;
            Assert.True(overwritten || (stamp == index + 1 && (index % 2 == 0 || !flushed)), $"block {index} holds {stamp}");
        }

        await pool.AssertSoundAsync();
    }

    [Fact]
    public async Task Pool_MoreDataThanMemory_WorksAllTheSame()
    {
        const int Blocks = 64 << 20 >> 12;
        using var directory = new TempDirectory();
        await FillAsync(directory["pool"], Blocks, segmentBytes: 1 << 20);

        string[] lines = await FaultTargetProcess.RunUnderAsync(["env", "DOTNET_GCHeapHardLimit=0x3000000"], "pool-scarce", directory["pool"]);

        Assert.Equal(s_allSteps, lines);
        await AssertOverwrittenAsync(directory["pool"], Blocks);
    }

    // The system's cache counts too: what was written has to leave it while the pool goes on.
    [Fact]
    public async Task Pool_MoreDataThanMemoryAndCache_WorksAllTheSame()
    {
        const int Blocks = 256 << 20 >> 12;
        using var group = MemoryGroup.Make(bytes: 96 << 20);
        using var directory = new TempDirectory();
        await FillAsync(directory["pool"], Blocks, segmentBytes: 4 << 20);

        string[] lines = await FaultTargetProcess.RunUnderAsync(group.Command, "pool-scarce", directory["pool"]);

        Assert.Equal(s_allSteps, lines);
        await AssertOverwrittenAsync(directory["pool"], Blocks);
    }

    // A task that blocks a thread of the pool until another task has run hangs here; the process is given a minute.
    [Fact]
    public async Task Pool_TwoPoolThreadsAndManyOperationsAtOnce_ComesToItsEnd()
    {
        using var directory = new TempDirectory();
        await FillAsync(directory["pool"], blocks: 128);

        string[] lines = await FaultTargetProcess.RunUnderAsync(["env", "DOTNET_ThreadPool_ForceMaxWorkerThreads=2"], "pool-at-once", directory["pool"], "100");

        Assert.Equal(["ok all"], lines);
        using DiskPool pool = await DiskPool.OpenAsync(directory["pool"]);
        await pool.AssertSoundAsync();
    }

    private static async Task<int> FillAsync(string directory, int blocks, int segmentBytes = 64 << 10)
    {
        await using DiskPool pool = await DiskPool.OpenOrCreateAsync(directory, new DiskPoolOptions { SegmentBytes = segmentBytes });
        using IDisk disk = await pool.CreateDiskAsync("a", (long)blocks * BlockBytes);
        byte[] block = new byte[BlockBytes];
        for (int index = 0; index < blocks; index++)
        {
            Pattern.Stamp(block, index + 1);
            disk.Write((long)index * BlockBytes, block);
        }

        await disk.FlushAsync();
        return Directory.GetFiles(directory, "data-*").Length;
    }

    private static async Task AssertOverwrittenAsync(string directory, int blocks)
    {
        using DiskPool pool = await DiskPool.OpenAsync(directory);
        using IDisk disk = pool.OpenDisk("a");
        using IDisk snapshot = disk.Chain.Open("s1");
        for (int index = 0; index < blocks; index++)
        {
            long expected = index % 2 == 0 ? index + 1 : index + 1 + blocks;
            Assert.Equal(expected, Pattern.ReadStamp(disk.ReadBytes(index * BlockBytes, BlockBytes)));
            Assert.Equal(expected, Pattern.ReadStamp(snapshot.ReadBytes(index * BlockBytes, BlockBytes)));
        }

        await pool.AssertSoundAsync();
    }
}
