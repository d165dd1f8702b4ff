namespace BlockSnap.Throughput.Workloads;

/// <summary>Makes a disk from a snapshot, each time from the same one.</summary>
internal sealed class CloneOperation : IPoolOperation
{
    private const string Snapshot = "clone-base";

    public PoolSpec After(int operations, PoolSpec small) => small with { Clones = operations };

    public void Prepare(PoolUnderTest pool)
    {
        if (pool.Disk.Chain.Find(Snapshot) is null)
        {
            pool.CreateSnapshot(Snapshot);
        }
    }

    public Task Start(PoolUnderTest pool, string name) => pool.Disk.Chain.CloneAsync(Snapshot, name);

    public void Clean(PoolUnderTest pool, string name, Task finished)
    {
        ((Task<IDisk>)finished).Result.Dispose();
        pool.Pool.DeleteDiskAsync(name).GetAwaiter().GetResult();
    }
}
