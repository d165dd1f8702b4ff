using BlockSnap.Catalogs;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Pools;

public sealed class PoolCoreTests
{
    // What is in the log and not in memory would be lost for this process and there for the next.
    [Fact]
    public async Task Commit_OperationThatCannotBeApplied_StopsThePool()
    {
        await using DiskPool pool = await DiskPool.CreateAsync(new MemoryDevice(), cancellationToken: TestContext.Current.CancellationToken);
        IDisk disk = await pool.CreateDiskAsync("a", 1 << 20, cancellationToken: TestContext.Current.CancellationToken);

        Assert.Throws<PoolFaultedException>(() => pool.Core.Commit<bool>(() => (new PoolOperation.ResizeDisk(77, 1 << 20), true)));

        Assert.Throws<PoolFaultedException>(() => disk.WriteBlock(0, seed: 1));
    }
}
