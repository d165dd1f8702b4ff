using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using BlockSnap.Log;

namespace BlockSnap.Storage;

/// <summary>
/// The reference counts of one segment in native memory, one per slot. Nearly all are small, so they take a byte each until one of them is
/// larger; then all of the page take 32 bits, as they do on the device. The ledger's lock guards it.
/// </summary>
internal sealed unsafe class CountsPage : IDisposable
{
    private byte* _narrow;
    private uint* _wide;

    public CountsPage(SegmentInfo segment, int slotsMax)
    {
        Segment = segment;
        Number = segment.Number;
        SlotsMax = slotsMax;
        _narrow = (byte*)NativeMemory.AllocZeroed((nuint)slotsMax);
    }

    public SegmentInfo Segment { get; }

    /// <summary>The segment's number. Kept here too, so that a lookup reads one object less.</summary>
    public long Number { get; }

    public int SlotsMax { get; }

    public int MemoryBytes => _wide == null ? SlotsMax : SlotsMax * sizeof(uint);

    /// <summary>
    /// Whether the stored counts do not match their checksum. Then no count is known, each block counts as in use, and nothing is changed or
    /// written.
    /// </summary>
    public bool IsDamaged { get; init; }

    public bool IsDirty { get; set; }

    public bool Touched { get; set; }

    public uint this[int slot]
    {
        get => _wide == null ? _narrow[slot] : _wide[slot];
        set
        {
            if (_wide == null && value > byte.MaxValue)
            {
                Widen();
            }

            if (_wide == null)
            {
                _narrow[slot] = (byte)value;
            }
            else
            {
                _wide[slot] = value;
            }
        }
    }

    /// <summary>Asks the processor for a count that will be wanted soon. A hint: any slot may be given.</summary>
    public void Prefetch(int slot)
    {
        if (Sse.IsSupported && slot < SlotsMax)
        {
            Sse.Prefetch0(_wide == null ? _narrow + slot : _wide + slot);
        }
    }

    /// <summary>Takes over all counts.</summary>
    public void Load(ReadOnlySpan<uint> counts)
    {
        if (counts.ContainsAnyExceptInRange(0u, byte.MaxValue))
        {
            Widen();
            counts.CopyTo(new Span<uint>(_wide, SlotsMax));
            return;
        }

        for (int slot = 0; slot < counts.Length; slot++)
        {
            _narrow[slot] = (byte)counts[slot];
        }
    }

    /// <summary>Copies all counts out.</summary>
    public void CopyTo(Span<uint> counts)
    {
        if (_wide != null)
        {
            new ReadOnlySpan<uint>(_wide, SlotsMax).CopyTo(counts);
            return;
        }

        for (int slot = 0; slot < SlotsMax; slot++)
        {
            counts[slot] = _narrow[slot];
        }
    }

    public void Dispose()
    {
        NativeMemory.Free(_narrow);
        NativeMemory.Free(_wide);
        _narrow = null;
        _wide = null;
    }

    private void Widen()
    {
        var wide = (uint*)NativeMemory.Alloc((nuint)SlotsMax, sizeof(uint));
        CopyTo(new Span<uint>(wide, SlotsMax));
        NativeMemory.Free(_narrow);
        _narrow = null;
        _wide = wide;
    }
}
