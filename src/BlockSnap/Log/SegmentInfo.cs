namespace BlockSnap.Log;

/// <summary>What is known of a segment while the pool is open. Place fields are guarded by the gate, counts by the ledger's lock.</summary>
internal sealed class SegmentInfo
{
    public required long Number { get; set; }

    /// <summary>Its row in the segment table, which also fixes the place of its counts.</summary>
    public required int Row { get; set; }

    public required int GranuleLog2 { get; set; }

    public required SegmentFile File { get; set; }

    /// <summary>Slots given out: those below it may hold blocks. Grows while the segment is active.</summary>
    public int SlotCount { get; set; }

    /// <summary>Whether batches are still appended to it.</summary>
    public bool IsActive { get; set; }

    /// <summary>Whether compaction moved it into a container.</summary>
    public bool IsRelocated { get; set; }

    /// <summary>Only when it was moved: where its data begin in the container.</summary>
    public int DataOffset { get; set; }

    /// <summary>Only when it was moved: where its records begin in the container's index.</summary>
    public int IndexOffset { get; set; }

    /// <summary>Only when it was moved: the number of its records in the container's index.</summary>
    public int RecordCount { get; set; }

    /// <summary>The kept slots of a moved segment, loaded when first needed.</summary>
    public SlotMap? Kept { get; set; }

    /// <summary>Bytes of referenced blocks (I4).</summary>
    public long LiveBytes { get; set; }

    /// <summary>Those of them that are map nodes.</summary>
    public long NodeBytes { get; set; }

    /// <summary>
    /// Its live bytes when the space of its dead blocks was last given back: there is more to give back only when it has fewer. Guarded by the
    /// compaction lock.
    /// </summary>
    public long LiveBytesGivenBackAt { get; set; } = long.MaxValue;

    /// <summary>Bytes of its place that are known to be given back to the device; under the gate.</summary>
    public long GivenBackBytes { get; set; }

    public byte CountsVersion { get; set; }

    public ulong CountsChecksum { get; set; }

    /// <summary>Offset of a slot as it was written first.</summary>
    public long OriginalOffset(int slot) => (long)slot << GranuleLog2;

    /// <summary>Granules that so many bytes take.</summary>
    public int GranulesOf(int bytes) => (bytes + (1 << GranuleLog2) - 1) >> GranuleLog2;

    /// <summary>So many bytes, padded to whole granules.</summary>
    public int PaddedBytesOf(int bytes) => GranulesOf(bytes) << GranuleLog2;
}
