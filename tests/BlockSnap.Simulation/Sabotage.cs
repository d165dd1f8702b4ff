namespace BlockSnap.Simulation;

/// <summary>Bugs that can be planted below a pool: each is what the engine would look like to the disk if a line of it were wrong.</summary>
internal enum Sabotage
{
    /// <summary>The control.</summary>
    None,

    /// <summary>A flush of the log is acknowledged before the sync.</summary>
    DataFlushSkipped,

    /// <summary>The superblock is not synced.</summary>
    SuperblockFlushSkipped,

    /// <summary>The segment table is not synced before the superblock names it.</summary>
    TableFlushSkipped,

    /// <summary>The counts are not synced before the superblock names them.</summary>
    CountsFlushSkipped,

    /// <summary>The directory is never synced.</summary>
    NamesFlushSkipped,

    /// <summary>Two writes swapped: the table is written after the superblock that names it.</summary>
    TableAfterSuperblock,

    /// <summary>Two writes swapped: the counts are written after the superblock that names them.</summary>
    CountsAfterSuperblock,

    /// <summary>Two writes swapped: a superblock is written before the log it begins at.</summary>
    DataAfterSuperblock,

    /// <summary>Now and then a write of the log is left out.</summary>
    DataWriteSkipped,

    /// <summary>Now and then a page of the table is left out.</summary>
    TableWriteSkipped,

    /// <summary>Now and then counts are left out.</summary>
    CountsWriteSkipped,

    /// <summary>Now and then a superblock is left out.</summary>
    SuperblockWriteSkipped,

    /// <summary>Now and then a write of the log goes 512 bytes too far.</summary>
    DataWriteMisplaced,

    /// <summary>Now and then a write of the log ends a sector early.</summary>
    DataWriteShort,

    /// <summary>Now and then a bit of what is written to the log is wrong.</summary>
    DataBitWrong,

    /// <summary>Files that the pool gave back stay.</summary>
    DeleteSkipped,

    /// <summary>While a container is written, a file that blocks still live in is used again already.</summary>
    FileEmptiedEarly,
}
