namespace BlockSnap.Cli;

/// <summary>What a command accepts where a disk or a snapshot is named.</summary>
internal enum DiskPathKind
{
    /// <summary>DISK.</summary>
    Disk,

    /// <summary>DISK@SNAPSHOT.</summary>
    Snapshot,

    /// <summary>Either; a disk alone is its head.</summary>
    Either,
}
