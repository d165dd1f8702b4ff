using System.Runtime.InteropServices;

namespace BlockSnap.Log;

/// <summary>
/// A piece of the append buffer: native memory that mirrors a range of the active segment's file. Fields are guarded by the gate. The
/// bytes below <see cref="Closed"/> never change again, so whoever holds the device lock writes them without the gate.
/// </summary>
internal sealed unsafe class LogChunk : IDisposable
{
    private const int Alignment = 4096;

    private byte* _memory;

    public LogChunk(int capacity)
    {
        Capacity = capacity;
        _memory = (byte*)NativeMemory.AlignedAlloc((nuint)capacity, Alignment);
    }

    public int Capacity { get; }

    public SegmentInfo Segment { get; private set; } = null!;

    /// <summary>The file it goes to. The segment may move to another file later; this stays.</summary>
    public SegmentFile File { get; private set; } = null!;

    /// <summary>Where in the file the chunk begins.</summary>
    public int FileOffset { get; private set; }

    /// <summary>Bytes in use.</summary>
    public int Used { get; set; }

    /// <summary>Bytes of closed batches.</summary>
    public int Closed { get; set; }

    /// <summary>Sequence of the last closed batch.</summary>
    public long ClosedSequence { get; set; }

    /// <summary>Bytes handed to the device.</summary>
    public int Written { get; set; }

    /// <summary>Whether nothing more is appended.</summary>
    public bool Sealed { get; set; }

    public Span<byte> Bytes => new(_memory, Capacity);

    public void Begin(SegmentInfo segment, int fileOffset)
    {
        Segment = segment;
        File = segment.File;
        FileOffset = fileOffset;
        Used = Closed = Written = 0;
        ClosedSequence = 0;
        Sealed = false;
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_memory);
        _memory = null;
    }
}
