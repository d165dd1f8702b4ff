namespace BlockSnap;

/// <summary>How a snapshot came to be.</summary>
public enum SnapshotKind
{
    /// <summary>By a call.</summary>
    Manual = 0,

    /// <summary>By a policy.</summary>
    Automatic = 1,

    /// <summary>By a copy from another pool.</summary>
    Copied = 2,

    /// <summary>By an import.</summary>
    Imported = 3,
}
