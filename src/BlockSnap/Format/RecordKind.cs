namespace BlockSnap.Format;

/// <summary>What a record of a batch says.</summary>
internal enum RecordKind : byte
{
    /// <summary>A data block of a disk follows in this batch.</summary>
    Data = 1,

    /// <summary>A map node follows in this batch; replay ignores it, repair does not.</summary>
    Node = 2,

    /// <summary>A range of a disk became a hole.</summary>
    Hole = 3,

    /// <summary>A change of disks or snapshots; its payload goes on in the next cells.</summary>
    Operation = 4,

    /// <summary>The end of a checkpoint; its payload is the root that it publishes. Replay ignores it, repair does not.</summary>
    Checkpoint = 5,
}
