namespace BlockSnap;

/// <summary>The level of consistency that was reached when a snapshot was taken.</summary>
public enum SnapshotConsistency
{
    /// <summary>As after a power cut: every acknowledged write, in order.</summary>
    Crash = 0,

    /// <summary>File systems had been flushed and frozen.</summary>
    FileSystem = 1,

    /// <summary>Applications had written what they held in memory.</summary>
    Application = 2,
}
