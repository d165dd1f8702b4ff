namespace BlockSnap;

/// <summary>
/// When a pool gives the space of dead blocks between living ones back to the device, as holes of its files. It does so in quiet times, where the
/// storage can. A hole takes some 0.1 ms. What is written next goes to files that need their space again: at a raw file's pace, not at two or three
/// times that.
/// </summary>
public enum HolePunching
{
    /// <summary>Never: compaction alone gives back.</summary>
    Never = 0,

    /// <summary>
    /// After snapshots, disks or states before rollbacks were deleted; by a compaction that somebody asks for; and some seconds after an opening,
    /// when an earlier one left much that is dead. A pool that rests then keeps no free files either.
    /// </summary>
    AfterDeletes = 1,

    /// <summary>Also what was overwritten or discarded.</summary>
    Always = 2,
}
