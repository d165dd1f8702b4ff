namespace BlockSnap.Tests.Hostile;

/// <summary>What a byte of a cleanly closed pool's files is part of.</summary>
internal enum Region
{
    /// <summary>Bytes that were written as zero, or not at all, and mean nothing: room, padding, the rest of a file.</summary>
    Unused,

    /// <summary>A data file in which nothing lives, or what an earlier life of a file left behind.</summary>
    FreeSegment,

    /// <summary>A block that nothing refers to any more.</summary>
    DeadBlock,

    /// <summary>The superblock before the newest.</summary>
    OlderSuperblock,

    /// <summary>The place of a table page, of counts or of releases that the superblock does not name.</summary>
    UnusedPlace,

    /// <summary>Headers of segments and heads of batches behind the checkpoint: compaction, scrub and repair go by them. A damaged one hides those behind it.</summary>
    LogHead,

    /// <summary>The newest superblock in one of its two files.</summary>
    Superblock,

    TablePage,
    Counts,
    Releases,
    ContainerIndex,

    /// <summary>A referenced block: data, a map node or a page of the catalog.</summary>
    Block,
}
