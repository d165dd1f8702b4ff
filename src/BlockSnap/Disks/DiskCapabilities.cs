namespace BlockSnap;

/// <summary>What a disk can do: a question to ask before work starts.</summary>
[Flags]
public enum DiskCapabilities
{
    /// <summary>Reading only.</summary>
    None = 0,

    /// <summary>Write, write zeroes, discard and flush.</summary>
    Write = 1,

    /// <summary>Resize.</summary>
    Resize = 2,

    /// <summary>The disk has a chain on which snapshots can be made.</summary>
    Snapshot = 4,
}
