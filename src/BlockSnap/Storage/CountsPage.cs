using System.Runtime.InteropServices;
using BlockSnap.Log;

namespace BlockSnap.Storage;

/// <summary>The reference counts of one segment, one 32-bit count per slot, in native memory. The ledger's lock guards it.</summary>
internal sealed unsafe class CountsPage : IDisposable
{
    private uint* _counts;

    public CountsPage(SegmentInfo segment, int slotsMax)
    {
        Segment = segment;
        SlotsMax = slotsMax;
        _counts = (uint*)NativeMemory.AllocZeroed((nuint)slotsMax, sizeof(uint));
    }

    public SegmentInfo Segment { get; }

    public int SlotsMax { get; }

    public int MemoryBytes => SlotsMax * sizeof(uint);

    /// <summary>Whether what is stored did not prove itself: then nothing is known, each block counts as in use, and nothing is changed or written.</summary>
    public bool IsDamaged { get; init; }

    public bool IsDirty { get; set; }

    public bool Touched { get; set; }

    public ref uint this[int slot] => ref _counts[slot];

    public Span<byte> Bytes(int slots) => new(_counts, slots * sizeof(uint));

    public void Dispose()
    {
        NativeMemory.Free(_counts);
        _counts = null;
    }
}
