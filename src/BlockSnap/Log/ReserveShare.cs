namespace BlockSnap.Log;

/// <summary>What of the reserve whoever takes from it leaves for others: the less, the more surely it gives space back.</summary>
internal enum ReserveShare
{
    /// <summary>Nothing: a checkpoint, without which nothing is given back.</summary>
    None,

    /// <summary>The file of a container: deletes, rollbacks, discards, as long as there is more.</summary>
    OfCompaction,

    /// <summary>That, and what deletes, rollbacks and discards take: new snapshots and disks.</summary>
    OfGrowth,
}
