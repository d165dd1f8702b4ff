namespace BlockSnap;

/// <summary>What a damaged range is part of.</summary>
public enum DamagedState
{
    /// <summary>The present state of a disk.</summary>
    Disk,

    /// <summary>A snapshot.</summary>
    Snapshot,

    /// <summary>A deleted snapshot that can still be had back.</summary>
    Trash,

    /// <summary>The state before a rollback.</summary>
    UndoPoint,
}
