namespace BlockSnap.Throughput.Workloads;

/// <summary>An operation on the disk of a pool. Only <see cref="Start"/> and the wait for its task are timed.</summary>
internal interface IPoolOperation
{
    /// <summary>The specification of the small pool after so many of these operations, with everything that they left.</summary>
    PoolSpec After(int operations, PoolSpec small);

    /// <summary>Called before all rounds of a pool, which may have been prepared before.</summary>
    void Prepare(PoolUnderTest pool);

    /// <summary>Begins the operation. No other round uses the name at the same time.</summary>
    Task Start(PoolUnderTest pool, string name);

    /// <summary>Removes what the operation made.</summary>
    void Clean(PoolUnderTest pool, string name, Task finished);
}
