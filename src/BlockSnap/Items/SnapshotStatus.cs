namespace BlockSnap;

/// <summary>How far the making of a snapshot has come.</summary>
public enum SnapshotStatus
{
    /// <summary>It is complete and survives a crash.</summary>
    Accomplished = 0,

    /// <summary>It exists, its state is that of the freeze point, and it is being made durable.</summary>
    Progressing = 1,

    /// <summary>It could not be made durable. It stays listed until it is deleted or the pool opened again.</summary>
    Failed = 2,
}
