namespace BlockSnap;

/// <summary>
/// What an application does around the freeze point of a snapshot so that the snapshot is more than crash-consistent: before it, write
/// down what is in memory and stop; after it, go on. The snapshot records the level that was reached. Immutable.
/// </summary>
public sealed class SnapshotHooks
{
    /// <summary>The most seconds each hook may be given.</summary>
    public const int TimeoutSecondsMax = 3_600;

    /// <summary>Called before the freeze, or null. Nothing else can change the chains of the disks until the snapshot is made.</summary>
    public Func<CancellationToken, Task>? BeforeFreeze { get; init; }

    /// <summary>Called after the freeze, or null; also when the freeze or <see cref="BeforeFreeze"/> failed.</summary>
    public Func<CancellationToken, Task>? AfterFreeze { get; init; }

    /// <summary>The longest each hook may take, 100 ms to an hour. Default 30 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>What <see cref="BeforeFreeze"/> achieves when it succeeds. Default <see cref="SnapshotConsistency.Application"/>.</summary>
    public SnapshotConsistency Level { get; init; } = SnapshotConsistency.Application;

    /// <summary>Whether to make no snapshot when <see cref="BeforeFreeze"/> fails. Default false: a crash-consistent one is made.</summary>
    public bool Required { get; init; }
}
