namespace BlockSnap.Benchmarks.Disks;

/// <summary>Where the pool of a benchmark keeps its bytes.</summary>
public enum DiskStorage
{
    /// <summary>A <see cref="MemoryDevice"/>: the engine's own time, without a kernel.</summary>
    Memory,

    /// <summary>A directory under the temporary directory.</summary>
    Directory,
}
