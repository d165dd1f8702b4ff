namespace BlockSnap.Catalogs;

/// <summary>Why snapshots are deleted. Events tell it; the log does not keep it.</summary>
internal enum DeletionCause
{
    Call,
    Retention,
    Quota,

    /// <summary>An undo point gives way to a newer one.</summary>
    Undo,
}
