namespace BlockSnap.Simulation;

/// <summary>One block of a model: its bytes, never changed in place, and a number that no other write of a block has.</summary>
internal sealed record ModelBlock(byte[] Data, long Version)
{
    /// <summary>
    /// Whether the bytes are all zero although no whole block of zeros was written: zeros that came in pieces. A pool may store such a
    /// block or make a hole of it.
    /// </summary>
    public bool MayBeHole { get; } = BlockDiffer.IsZero(Data);
}
