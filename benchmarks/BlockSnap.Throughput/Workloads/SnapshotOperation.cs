namespace BlockSnap.Throughput.Workloads;

/// <summary>Makes a snapshot.</summary>
internal sealed class SnapshotOperation : IPoolOperation
{
    public PoolSpec After(int operations, PoolSpec small) => small with { ChangeSteps = operations, Snapshots = true };

    public void Prepare(PoolUnderTest pool)
    {
    }

    public Task Start(PoolUnderTest pool, string name) => pool.Disk.Chain.CreateAsync(name);

    public void Clean(PoolUnderTest pool, string name, Task finished) => pool.DeleteSnapshot(name);
}
