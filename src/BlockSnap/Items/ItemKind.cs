namespace BlockSnap.Items;

/// <summary>The kinds of items in the catalog, as its cells name them. FORMAT.md lists the fields of each.</summary>
internal enum ItemKind : byte
{
    Disk = 1,
    Snapshot = 2,
    UndoPoint = 3,
    Group = 4,
    Image = 5,
    PoolState = 6,
    Clock = 7,
    Policy = 8,
    DiskPolicy = 9,
    Event = 10,
    Quota = 11,
}
