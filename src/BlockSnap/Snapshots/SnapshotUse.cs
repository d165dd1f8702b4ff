namespace BlockSnap;

/// <summary>What uses a snapshot.</summary>
[Flags]
public enum SnapshotUse
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>An image contains it.</summary>
    Image = 1,

    /// <summary>A live disk was made from it.</summary>
    Disk = 2,
}
