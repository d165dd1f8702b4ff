namespace BlockSnap.Log;

/// <summary>How much of the reserve work that takes from it must leave for others: the more surely it gives space back, the less.</summary>
internal enum ReserveShare
{
    /// <summary>Nothing: for a checkpoint, without which nothing is given back.</summary>
    None,

    /// <summary>The file of a container: for deletes, rollbacks and discards, as long as there is more.</summary>
    OfCompaction,

    /// <summary>That, and what deletes, rollbacks and discards take: for new snapshots and disks.</summary>
    OfGrowth,
}
