namespace BlockSnap;

/// <summary>What can be said when a disk is rolled back, or a rollback undone. Immutable.</summary>
public sealed class RollbackOptions
{
    /// <summary>
    /// Days for which the state before is kept, 1 to 65,536, or null (the default) for the pool's <see cref="DiskPoolOptions.UndoRetentionDays"/>.
    /// </summary>
    public int? UndoRetentionDays { get; init; }

    /// <summary>Whether to roll back although somebody uses the disk. Default false.</summary>
    public bool EvenIfInUse { get; init; }
}
