namespace BlockSnap.Throughput.Workloads;

/// <summary>An operation on the disk of a pool. Only <see cref="Start"/> and the wait for its task are timed.</summary>
internal interface IPoolOperation
{
    /// <summary>The small pool after so many of these operations, whatever they left still there.</summary>
    PoolSpec After(int operations, PoolSpec small);

    /// <summary>Once per pool, before all rounds; a pool may have been prepared before.</summary>
    void Prepare(PoolUnderTest pool);

    /// <summary>Begins the operation; a name that no other round uses at the same time.</summary>
    Task Start(PoolUnderTest pool, string name);

    /// <summary>Takes back what it made.</summary>
    void Clean(PoolUnderTest pool, string name, Task finished);
}
