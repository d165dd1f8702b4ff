namespace BlockSnap.Catalogs;

/// <summary>What a frozen state is to its chain.</summary>
internal enum SnapshotPlace
{
    /// <summary>One of its snapshots.</summary>
    Listed,

    /// <summary>Deleted, and still to be had back.</summary>
    Trash,

    /// <summary>What a rollback replaced.</summary>
    Undo,
}
