namespace BlockSnap.Catalogs;

/// <summary>Why snapshots go: for events; the log does not keep it.</summary>
internal enum DeletionCause
{
    Call,
    Retention,
    Quota,
}
