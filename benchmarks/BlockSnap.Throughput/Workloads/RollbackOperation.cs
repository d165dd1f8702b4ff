namespace BlockSnap.Throughput.Workloads;

/// <summary>Takes the disk back to a snapshot, each time to the same one.</summary>
internal sealed class RollbackOperation : IPoolOperation
{
    private const string Snapshot = "rollback-base";

    public PoolSpec After(int operations, PoolSpec small) => small with { ChangeSteps = operations, Snapshots = true };

    public void Prepare(PoolUnderTest pool)
    {
        if (pool.Disk.Chain.Find(Snapshot) is null)
        {
            pool.CreateSnapshot(Snapshot);
        }
    }

    public Task Start(PoolUnderTest pool, string name) => pool.Disk.Chain.RollbackAsync(Snapshot);

    public void Clean(PoolUnderTest pool, string name, Task finished)
    {
    }
}
