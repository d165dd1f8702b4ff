using BlockSnap.Format;
using BlockSnap.Log;

namespace BlockSnap.Storage;

/// <summary>What a scrub has to prove of a segment, and where it lies; its file stays pinned until this is disposed.</summary>
internal sealed class SegmentSurvey(long segment, int granuleLog2, SegmentFile file) : IDisposable
{
    /// <summary>The segment's number.</summary>
    public long Segment => segment;

    public int GranuleLog2 => granuleLog2;

    public SegmentFile File => file;

    /// <summary>The open file; null when there is none.</summary>
    public IDeviceFile? Handle { get; set; }

    /// <summary>The blocks with references and their offsets in the file, ascending.</summary>
    public List<(LogRecord Record, long Offset)> Blocks { get; } = [];

    /// <summary>Slots that have references and no record that describes them.</summary>
    public List<int> Unrecorded { get; } = [];

    /// <summary>Why nothing of the segment can be read, or null.</summary>
    public Exception? Failure { get; set; }

    public bool AreCountsDamaged { get; set; }

    /// <summary>Whether the segment's header is damaged; in a container it has none.</summary>
    public bool IsHeaderDamaged { get; set; }

    public void Dispose()
    {
        if (Handle is not null)
        {
            file.Unpin();
        }
    }
}
