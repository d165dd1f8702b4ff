using BlockSnap.Catalogs;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Pools;

public sealed class PoolCoreTests
{
    // An operation that is in the log but not in memory would not exist for this process, and would for the next.
    [Fact]
    public async Task Commit_OperationThatCannotBeApplied_StopsThePool()
    {
        await using DiskPool pool = await DiskPool.CreateAsync(new MemoryDevice(), cancellationToken: TestContext.Current.CancellationToken);
        IDisk disk = await pool.CreateDiskAsync("a", 1 << 20, cancellationToken: TestContext.Current.CancellationToken);

        Assert.Throws<PoolFaultedException>(() => pool.Core.Commit<bool>(() => (new PoolOperation.ResizeDisk(77, 1 << 20), true)));

        Assert.Throws<PoolFaultedException>(() => disk.WriteBlock(0, seed: 1));
    }

    // While a checkpoint writes the catalog, a node of the catalog's own map becomes empty: it must not be written, nor stay in memory.
    [Fact]
    public async Task Checkpoint_OfACatalogThatEmptiesANodeOfItsMap_LeavesNothingOfIt()
    {
        const int SnapshotsInANode = 256 * 4; // 256 pages of 16 cells; with a long description a snapshot takes four
        var device = new MemoryDevice();
        var options = new DiskPoolOptions { BackgroundWork = false, SnapshotQuota = SnapshotQuota.Unlimited };
        await using (DiskPool pool = await DiskPool.CreateAsync(device, options, TestContext.Current.CancellationToken))
        {
            IDisk disk = await pool.CreateDiskAsync("a", 1 << 20, cancellationToken: TestContext.Current.CancellationToken);
            string[] names = [.. Enumerable.Range(0, SnapshotsInANode * 2).Select(number => $"s{number}")];
            var described = new SnapshotOptions { Description = new string('\u20ac', 256) };
            foreach (string name in names)
            {
                await disk.Chain.CreateAsync(name, described, TestContext.Current.CancellationToken);
            }

            await pool.CheckpointAsync();
            long before = pool.Core.CatalogBytes;
            await disk.Chain.DeleteAsync(names[1..], cancellationToken: TestContext.Current.CancellationToken);
            await pool.CheckpointAsync();

            Assert.True(before > 256 * 4096, $"{before} bytes of catalog do not fill a node");
            Assert.InRange(pool.Core.CatalogBytes, 1, 32 * 4096); // the disk, the snapshot and the last events
            Assert.Equal(0, pool.Core.Map.Cache.VolatileCount);
            Assert.Equal(0, pool.Core.Map.Waiting);
        }

        await using DiskPool again = await DiskPool.OpenAsync(device, options, TestContext.Current.CancellationToken);
        Assert.True((await again.CheckAsync(cancellationToken: TestContext.Current.CancellationToken)).Ok);
    }
}
